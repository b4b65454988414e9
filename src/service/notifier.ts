import { hasCode } from "../errno.js";

/** The service manager that started this process and wants to hear from it. */
export interface Manager {
  /** Where its socket is: a path, or "@" and a name in the abstract namespace. */
  readonly address: string;
  /** ms in which it wants to hear that all moves; undefined where it does not ask. */
  readonly watchdog: number | undefined;
}

/**
 * The manager by the variables that systemd sets (sd_notify(3), sd_watchdog_enabled(3)). They are taken out of the
 * environment: a program that this process starts is not to speak for it.
 */
export function takeManager(env: NodeJS.ProcessEnv, pid: number): Manager | undefined {
  const { NOTIFY_SOCKET: address, WATCHDOG_USEC: microseconds, WATCHDOG_PID: whose = String(pid) } = env;
  delete env["NOTIFY_SOCKET"];
  delete env["WATCHDOG_USEC"];
  delete env["WATCHDOG_PID"];
  if (address === undefined || address === "") return undefined;
  const interval = Number(microseconds) / 1000;
  return { address, watchdog: whose === String(pid) && interval > 0 ? interval : undefined };
}

/** ms until a manager whose socket is full is told again. */
const TRY_AGAIN = 100;
/** Bytes of a status; systemd shows one line of it. */
const LONGEST_STATUS = 500;

/** Sends one datagram to the manager, without waiting; throws what the system says. See native/notify.h. */
export type SendToManager = (address: string, state: string) => void;

/** What is to be sent. Of one kind that may be outdated only the last waits. */
interface Message {
  readonly text: string;
  readonly kind: "status" | "watchdog" | "state";
}

/** Tells the service manager how this process does: sd_notify(3). */
export class Notifier {
  readonly #address: string;
  readonly #send: SendToManager;
  readonly #failed: (error: unknown) => void;
  #waiting: Message[] = [];
  #timer: NodeJS.Timeout | undefined;
  #status = "";

  /** @param failed told of what was not sent, and never will be */
  constructor(address: string, send: SendToManager, failed: (error: unknown) => void) {
    this.#address = address;
    this.#send = send;
    this.#failed = failed;
  }

  /** It works, for the first time or again after reloading(). */
  ready(status: string): void {
    this.#status = oneLine(status);
    this.#push("state", `READY=1\nSTATUS=${this.#status}`);
  }

  /** The configuration is being read again; ready() says that it is done. */
  reloading(): void {
    // On Linux hrtime is CLOCK_MONOTONIC, which is what Type=notify-reload wants to compare with.
    this.#push("state", `RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  stopping(status: string): void {
    this.#push("state", `STOPPING=1\nSTATUS=${oneLine(status)}`);
  }

  /** One line for `systemctl status`; sent where it is news. */
  status(text: string): void {
    const status = oneLine(text);
    if (status === this.#status) return;
    this.#status = status;
    this.#push("status", `STATUS=${status}`);
  }

  /** All moves. */
  alive(): void {
    this.#push("watchdog", "WATCHDOG=1");
  }

  /** Sends nothing more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #push(kind: Message["kind"], text: string): void {
    if (kind !== "state") this.#waiting = this.#waiting.filter((message) => message.kind !== kind);
    this.#waiting.push({ kind, text });
    this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      try {
        this.#send(this.#address, first.text);
      } catch (error) {
        if (hasCode(error, "EAGAIN", "ENOBUFS")) {
          this.#timer = setTimeout(() => this.#flush(), TRY_AGAIN).unref();
          return;
        }
        this.#failed(error);
      }
      this.#waiting.shift();
    }
  }
}

/** A value of the protocol ends with its line. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is to go
  return text.replace(/[\x00-\x1f\x7f]+/g, " ").slice(0, LONGEST_STATUS);
}
