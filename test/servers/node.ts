import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { ServerRelease } from "./releases.js";

/** The servers refuse to run as root: Debian's user for what may own nothing. */
const ORDINARY_USER = { uid: 65534, gid: 65534 };

/** MB; with less, a bulk request of some size is refused by the circuit breaker. */
const HEAP = 512;

/** Lines of the distribution's jvm.options that are not for here: sizes, files it would write, a module this Java has not. */
const UNWANTED =
  /^-Xm[sx]|Xlog|Xloggc|GCLog|PrintGC|HeapDump|ErrorFile|jdk\.incubator\.vector|UseG1GC|G1Reserve|InitiatingHeap/;

const LOGGING = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
`;

export interface NodeOptions {
  readonly release: ServerRelease;
  /** The unpacked distribution. */
  readonly home: string;
  readonly javaHome: string;
  /** Where this node's configuration, data and output go; it is made. */
  readonly folder: string;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Further files of its configuration folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** One process of a server (and, for Elasticsearch, the launcher beside it), with a folder of its own. */
export class ServerNode {
  readonly #options: NodeOptions;
  #process: ChildProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();

  constructor(options: NodeOptions) {
    this.#options = options;
    this.#prepare();
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** The last lines that it printed. */
  get lastWords(): string {
    return readFileSync(this.#output, "utf8").trimEnd().split("\n").slice(-30).join("\n");
  }

  /** Begins to run it; `isRunning` says whether it has ended again. */
  start(): void {
    if (this.#process !== undefined) throw new Error("it runs already");
    const { release, home, javaHome, folder } = this.#options;
    const prefix = release.product === "elasticsearch" ? "ES" : "OPENSEARCH";
    const output = openSync(this.#output, "a", 0o644);
    const program = join(home, "bin", release.product);
    // Dies with whoever started it, and its group with it.
    const command = ["--pdeathsig", "KILL", ...asOrdinaryUser(), program];
    const child = spawn("setpriv", command, {
      cwd: folder,
      detached: true,
      // Elasticsearch's server ends when its launcher, which holds the other end of its standard input, has gone.
      stdio: ["ignore", output, output],
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        [`${prefix}_JAVA_HOME`]: javaHome,
        [`${prefix}_PATH_CONF`]: this.#configuration,
        [`${prefix}_TMPDIR`]: join(folder, "tmp"),
        CLI_JAVA_OPTS: "-XX:TieredStopAtLevel=1",
      },
    });
    closeSync(output);
    this.#process = child;
    this.#exited = once(child, "exit").finally(() => {
      if (this.#process === child) this.#process = undefined;
    });
    // A program that cannot be started has no exit: `isRunning` tells it.
    this.#exited.catch((error: unknown) => console.error(error));
  }

  /** Stops it like `kill -9` or, by "SIGTERM", as a service manager would. Resolves when it is gone. */
  async stop(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const pid = this.#process?.pid;
    if (pid === undefined) return;
    signalGroup(pid, signal);
    await this.#exited;
    // A launcher may end before its server.
    await groupGone(pid);
  }

  /** Lets all of its threads stand still, or go on: a server that has hung. */
  freeze(still: boolean): void {
    if (this.#process?.pid !== undefined) signalGroup(this.#process.pid, still ? "SIGSTOP" : "SIGCONT");
  }

  /** Writes files of its configuration folder. */
  rewrite(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.#configuration, name);
      writeFileSync(path, text, { mode: 0o600 });
      giveAway(path);
    }
  }

  get #output(): string {
    return join(this.#options.folder, "output.log");
  }

  get #configuration(): string {
    return join(this.#options.folder, "config");
  }

  #prepare(): void {
    const { release, home, folder, settings, files } = this.#options;
    const data = join(folder, "data");
    const logs = join(folder, "logs");
    const temporary = join(folder, "tmp");
    for (const each of [folder, this.#configuration, data, logs, temporary]) mkdirSync(each, { recursive: true });
    const jvm = readFileSync(join(home, "config", "jvm.options"), "utf8")
      .split("\n")
      .filter((line) => !UNWANTED.test(line));
    const own = [`-Xms${HEAP}m`, `-Xmx${HEAP}m`, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
    const all = { "path.data": data, "path.logs": logs, ...settings };
    const written: Record<string, string> = {
      [`${release.product}.yml`]: Object.entries(all)
        .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
        .join(""),
      "jvm.options": [...jvm, ...own, ""].join("\n"),
      "log4j2.properties": LOGGING,
      ...files,
    };
    this.rewrite(written);
    writeFileSync(this.#output, "");
    for (const each of [folder, this.#configuration, data, logs, temporary]) giveAway(each);
  }
}

/** What root has made must be the server's user's. */
function giveAway(path: string): void {
  if (process.getuid?.() === 0) chownSync(path, ORDINARY_USER.uid, ORDINARY_USER.gid);
}

function asOrdinaryUser(): readonly string[] {
  if (process.getuid?.() !== 0) return [];
  return ["--reuid", String(ORDINARY_USER.uid), "--regid", String(ORDINARY_USER.gid), "--clear-groups"];
}

/** @returns false where there is no such group of processes any more */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

async function groupGone(group: number): Promise<void> {
  const { setTimeout: delay } = await import("node:timers/promises");
  const deadline = performance.now() + 30_000;
  while (signalGroup(group, 0)) {
    if (performance.now() > deadline) signalGroup(group, "SIGKILL");
    await delay(20);
  }
}
