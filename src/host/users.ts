import { readFileSync, statSync } from "node:fs";

/** A file is looked at again for changes at most this often, in milliseconds. */
const LOOK_AGAIN = 1000;

/**
 * Names of users and groups, from /etc/passwd and /etc/group; the files are read again when they change. Users whom only
 * another source of the name service switch knows (LDAP, sssd, systemd-homed) have no name here: asking it means running
 * foreign code that may block on the network, in a process that must not.
 */
export class UserNames {
  private readonly users: NameFile;
  private readonly groups: NameFile;

  /**
   * @param folder of passwd and group
   * @param now milliseconds of a clock that is not set
   */
  constructor(folder = "/etc", now = (): number => performance.now()) {
    this.users = new NameFile(`${folder}/passwd`, now);
    this.groups = new NameFile(`${folder}/group`, now);
  }

  /** undefined where the id has no name. */
  user(uid: number): string | undefined {
    return this.users.name(uid);
  }

  group(gid: number): string | undefined {
    return this.groups.name(gid);
  }
}

/** A file of lines NAME:PASSWORD:ID:…, as passwd(5) and group(5) have them. */
class NameFile {
  private names = new Map<number, string>();
  private version = "";
  private lookedAt = -Infinity;

  constructor(
    private readonly path: string,
    private readonly clock: () => number,
  ) {}

  name(id: number): string | undefined {
    const now = this.clock();
    if (now - this.lookedAt >= LOOK_AGAIN) {
      this.lookedAt = now;
      this.refresh();
    }
    return this.names.get(id);
  }

  private refresh(): void {
    const stat = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    const version = stat === undefined ? "" : `${stat.ino}:${stat.mtimeNs}:${stat.size}`;
    if (version === this.version) return;
    this.version = version;
    this.names = stat === undefined ? new Map<number, string>() : namesById(readFileSync(this.path, "utf8"));
  }
}

function namesById(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split("\n")) {
    const [name, , id] = line.split(":");
    // The first line of an id is the one that getpwuid(3) finds.
    if (name && id && /^\d+$/.test(id) && !names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}
