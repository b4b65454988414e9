import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import { compileProgram } from "../support/programs.js";
import { Stream } from "../support/stream.js";

/** The service manager's end of sd_notify(3), by test/programs/notify_listener.cc. */
export class NotifyListener {
  /** "PID TEXT" of each datagram, newlines as "|". */
  readonly heard = new Stream<string>();
  readonly process: ChildProcessByStdio<null, Readable, null>;

  private constructor(address: string) {
    const program = compileProgram("test/programs/notify_listener.cc");
    this.process = spawn(program, [address], { stdio: ["ignore", "pipe", "inherit"] });
    createInterface({ input: this.process.stdout }).on("line", (line) => this.heard.push(line));
  }

  /** Resolves once it listens. @param address a path, or "@" and a name */
  static async start(address: string): Promise<NotifyListener> {
    const listener = new NotifyListener(address);
    await listener.heard.first((line) => line === "listening", "listener");
    return listener;
  }

  async stop(): Promise<void> {
    const ended = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await ended;
  }
}
