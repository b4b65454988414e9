import { readFileSync } from "node:fs";

/** Sessions that are remembered; they are asked for again and again while somebody works. */
const REMEMBERED = 256;

/**
 * Where people logged in from. systemd-logind names a session by the audit system's session id, which the kernel hands
 * down to every process of the session, so a process leads to its session's file even through su and sudo. The format
 * is logind's own (not an interface, but stable since it exists): KEY=value, one a line.
 *
 * A session that is over has no file; it is still known here if it was asked for before.
 */
export class LoginSessions {
  private readonly remoteHosts = new Map<number, string | undefined>();

  constructor(private readonly folder = "/run/systemd/sessions") {}

  /**
   * The address or name that a session was opened from, as the login server told it; undefined where it was opened on
   * this host or is not known.
   * @param auditSession id of the session, as in /proc/PID/sessionid
   */
  remoteHost(auditSession: number): string | undefined {
    if (this.remoteHosts.has(auditSession)) return this.remoteHosts.get(auditSession);
    const text = this.read(auditSession);
    if (text === undefined) return undefined;
    const host = valueOf(text, "AUDIT") === String(auditSession) ? valueOf(text, "REMOTE_HOST") : undefined;
    this.remember(auditSession, host);
    return host;
  }

  private remember(auditSession: number, host: string | undefined): void {
    const [oldest] = this.remoteHosts.keys();
    if (oldest !== undefined && this.remoteHosts.size >= REMEMBERED) this.remoteHosts.delete(oldest);
    this.remoteHosts.set(auditSession, host);
  }

  private read(auditSession: number): string | undefined {
    try {
      return readFileSync(`${this.folder}/${auditSession}`, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error) return undefined; // over, or this host has no logind
      throw error;
    }
  }
}

function valueOf(text: string, key: string): string | undefined {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${key}=`));
  return line?.slice(key.length + 1) || undefined;
}
