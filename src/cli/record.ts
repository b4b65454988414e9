import { DEFAULT_CONFIG_PATH } from "../config/load.js";
import type { Config } from "../config/schema.js";
import type { Origin } from "../detect/origin.js";
import { toDocument } from "../ecs/document.js";
import { lossDocument, lossSentence } from "../health/losses.js";
import type { HostContext } from "../host/context.js";
import { readHostFacts } from "../host/facts.js";
import { LoginSessions } from "../host/logind.js";
import { UserNames } from "../host/users.js";
import { isRedacted, redactDocument } from "../redact/document.js";
import { packageVersion } from "../version.js";
import { watchExecs, type ExecWatch, type Started, type WatchOptions } from "../watch.js";
import type { Command } from "./command.js";
import { CommandError, EXIT } from "./exit.js";
import { readHostState, type HostState } from "./host_state.js";
import { parseOptions, toLane } from "./options.js";
import { Progress } from "./progress.js";
import { RecordingFile } from "./recording_file.js";
import { loadConfigOrRefuse, refusalOf, startRefusal } from "./refusal.js";
import { processStdio, type Sink, type Stdio } from "./stdio.js";

const help = `Usage: wallwatch record [OPTION]... [FILE]

Writes every program that starts on this host as an ECS document, one on each line, into FILE or onto standard output, until
SIGINT or SIGTERM; everything that was captured until then is written. "wallwatch replay" and "wallwatch query" read it.

Secrets are masked: passwords and tokens in options, variables, URLs and headers, as far as their form tells them. Each
document names what was masked in "wallwatch.redacted". FILE is for its owner alone all the same (mode 0600).

  --force         replace FILE if it is there
  --config FILE   configuration, for capture.lane and capture.environment (default: ${DEFAULT_CONFIG_PATH}, if it is there)
  --lane LANE     auto, kernel or proc, in place of capture.lane

Exit codes: ${EXIT.ok} stopped, ${EXIT.usage} usage, ${EXIT.unavailable} kernel or container cannot, ${EXIT.io} FILE could not be written, ${EXIT.privilege} a privilege is missing,
${EXIT.configuration} bad configuration.
`;

export const command: Command = {
  help,
  run: (args) => record(args, processStdio(), { state: readHostState, context: readContext, watch: watchExecs }),
};

/** The host that is recorded; tests give another one. */
export interface RecordedHost {
  state(): HostState;
  context(): Promise<HostContext>;
  watch(options: WatchOptions): ExecWatch;
}

/** @returns the exit code */
export async function record(args: readonly string[], stdio: Stdio, host: RecordedHost): Promise<number> {
  const { values, positionals } = parseOptions("record", args, {
    options: { force: { type: "boolean" }, config: { type: "string" }, lane: { type: "string" } },
    allowPositionals: true,
  });
  const [path, ...more] = positionals;
  if (more.length > 0)
    throw new CommandError(EXIT.usage, "There is more than one FILE.", 'See "wallwatch record --help".');
  const { config } = await loadConfigOrRefuse(values.config);
  const { lane = config.capture.lane } = values;
  const state = host.state();
  const refusal = refusalOf(state);
  if (refusal !== undefined) throw refusal;
  // Before capture begins: it starts dozens of processes, which would all be events.
  const context = await host.context();
  const toStdout = path === undefined || path === "-";
  const target = toStdout ? new StdoutTarget(stdio.stdout) : await RecordingFile.create(path, values.force === true);
  const recorder = new Recorder(context, target, stdio.stderr, toStdout ? undefined : path);
  try {
    return await recorder.run(host, { ...config.capture, lane: toLane(lane) });
  } catch (error) {
    throw startRefusal(error, state) ?? error;
  } finally {
    await target.close();
  }
}

/** Where a recording goes. */
interface Target {
  /** Whether nobody reads any more. */
  readonly isClosed: boolean;
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

class StdoutTarget implements Target {
  constructor(private readonly sink: Sink) {}

  get isClosed(): boolean {
    return this.sink.isClosed;
  }

  write(text: string): Promise<void> {
    return this.sink.write(text);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class Recorder {
  readonly #progress: Progress;
  #execs = 0;
  #redacted = 0;
  #bytes = 0;

  /** @param path undefined where the recording goes to standard output, and maybe to the same terminal */
  constructor(
    private readonly context: HostContext,
    private readonly target: Target,
    private readonly stderr: Sink,
    private readonly path: string | undefined,
  ) {
    this.#progress = new Progress(stderr);
  }

  async run(host: RecordedHost, { lane, environment, canary_interval: every }: Config["capture"]): Promise<number> {
    const watch = host.watch({ lane, environment, canary: { every } });
    // What goes wrong in it is thrown by the iteration as well.
    const stop = (): void => void watch.close().catch(() => undefined);
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    // Once each: a second one ends the process at once.
    for (const signal of signals) process.once(signal, stop);
    try {
      // The iteration begins before there is anything to see, so that even an early signal leaves nothing unwritten.
      await Promise.all([this.#follow(watch), watch.ready.then((started) => this.#begin(started))]);
    } finally {
      for (const signal of signals) process.off(signal, stop);
      await this.#progress.clear();
    }
    const masked = this.#redacted === 0 ? "" : `, in ${this.#redacted} of them something was masked`;
    await this.#say(`${this.#execs} execs recorded${masked}`);
    return EXIT.ok;
  }

  async #begin({ lane, whyNotKernel }: Started): Promise<void> {
    await this.#say(`recording ${this.context.facts.name}, ${lane} lane`);
    if (whyNotKernel === undefined) return;
    await this.#say(`the kernel lane can't be had (${whyNotKernel.message}), so short execs may be missed`);
  }

  async #follow(watch: ExecWatch): Promise<void> {
    const origin = originOf(this.context);
    for await (const item of watch) {
      if (item.kind === "loss") {
        await this.#write(lossDocument(item, origin));
        await this.#say(lossSentence(item));
      } else {
        const document = redactDocument(toDocument(item, this.context));
        this.#execs++;
        if (isRedacted(document)) this.#redacted++;
        await this.#write(document);
      }
      if (this.target.isClosed) return;
      if (this.path === undefined) continue;
      await this.#progress.update({ name: this.path, bytes: this.#bytes, size: undefined, events: this.#execs });
    }
  }

  async #write(document: object): Promise<void> {
    const line = `${JSON.stringify(document)}\n`;
    this.#bytes += Buffer.byteLength(line);
    await this.target.write(line);
  }

  async #say(message: string): Promise<void> {
    await this.#progress.clear();
    await this.stderr.write(`wallwatch: ${message}\n`);
  }
}

/** Only what was lost needs it: the execs' documents name their host themselves. */
function originOf({ facts }: HostContext): Origin {
  return {
    agent: { version: packageVersion(), id: undefined, ephemeralId: undefined },
    host: facts,
    tags: [],
    labels: {},
  };
}

async function readContext(): Promise<HostContext> {
  return { facts: await readHostFacts(), users: new UserNames(), sessions: new LoginSessions() };
}
