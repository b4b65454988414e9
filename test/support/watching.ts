import { toDocument } from "../../src/ecs/document.js";
import type { HostContext } from "../../src/host/context.js";
import { LoginSessions } from "../../src/host/logind.js";
import { UserNames } from "../../src/host/users.js";
import type { JsonDocument } from "../../src/rules/document.js";
import { watchExecs, type ExecWatch, type Loss, type WatchOptions } from "../../src/watch.js";
import { field } from "./agent.js";
import { USUAL } from "./patience.js";
import type { StandIns } from "./stand_ins.js";
import { Stream } from "./stream.js";

/** These tests are about execs, not about the host. */
const HOST: HostContext = {
  facts: {
    name: "host",
    hostname: "host",
    id: undefined,
    architecture: "x86_64",
    ip: [],
    mac: [],
    os: {
      type: "linux",
      name: undefined,
      platform: undefined,
      family: undefined,
      version: undefined,
      full: undefined,
      kernel: "",
    },
  },
  users: new UserNames(),
  sessions: new LoginSessions(),
};

export interface WatchingOptions extends WatchOptions {
  /** Only execs whose document, as JSON, has this text are kept. */
  readonly only: string;
}

/** A watchExecs() of this process; what it gives is kept as ECS documents. */
export class Watching {
  readonly execs = new Stream<JsonDocument>();
  readonly losses = new Stream<Loss>();
  readonly #done: Promise<void>;
  #fences = 0;

  private constructor(
    readonly watch: ExecWatch,
    private readonly only: string,
  ) {
    this.#done = this.#follow();
  }

  /** Resolves once it watches. */
  static async start({ only, ...options }: WatchingOptions): Promise<Watching> {
    const watching = new Watching(watchExecs({ canary: false, ...options }), only);
    await watching.watch.ready;
    return watching;
  }

  /** The first exec of a program with this name out of those that are kept, from index `from` on. */
  async named(name: string, from = 0, timeout = USUAL): Promise<JsonDocument> {
    const wanted = (exec: JsonDocument): boolean => field(exec, "process.name") === name;
    return await this.execs.first(wanted, `exec of ${name} with ${this.only}`, timeout, from);
  }

  /** Waits until everything that was executed before has come; `standIns` gives the program that comes last. */
  async fence(standIns: StandIns, timeout = USUAL): Promise<void> {
    const name = `fence-${this.#fences++}`;
    standIns.program(name);
    await standIns.run(name);
    await this.named(name, 0, timeout);
  }

  async stop(): Promise<void> {
    await this.watch.close();
    await this.#done;
  }

  async #follow(): Promise<void> {
    for await (const item of this.watch) {
      if (item.kind === "loss") {
        this.losses.push(item);
        continue;
      }
      const document = toDocument(item, HOST);
      if (JSON.stringify(document).includes(this.only)) this.execs.push(document);
    }
  }
}
