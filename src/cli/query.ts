import { openInput } from "../replay/input.js";
import { readEvents } from "../replay/reader.js";
import type { RecordedEvent, RecordingProblem } from "../replay/event.js";
import { documentResolver, type JsonDocument } from "../rules/document.js";
import { compileEql } from "../rules/eql/compile.js";
import { QueryError } from "../rules/error.js";
import { compileKql } from "../rules/kql/compile.js";
import { documentFields } from "../rules/kql/fields.js";
import type { Query } from "../rules/query.js";
import type { Command } from "./command.js";
import { CommandError, EXIT } from "./exit.js";
import { parseOptions } from "./options.js";
import { Pipeline } from "./pipeline.js";
import { Progress } from "./progress.js";
import { processStdio, type Stdio } from "./stdio.js";

/** As grep has it: 0 some event matched, 1 none did, 2 something went wrong. */
const MATCHED = 0;
const NO_MATCH = 1;
const TROUBLE = 2;

const help = `Usage: wallwatch query [--kql] QUERY [FILE...|-]

Prints the events that a query matches, as they were recorded, one on each line.

QUERY is an EQL event query, such as
  'process where process.name == "ufw" and process.args == "disable"'
with "| head N" and "| tail N"; with --kql it is KQL:
  'process.name:ufw and process.args:(disable or reset)'

FILE holds events as NDJSON, as a JSON array, or as Elasticsearch's answer to a search, packed with gzip or not. Without
FILE, or where it is "-", events come from standard input. What is no event is named with its line, and the rest goes on.

  --kql           QUERY is KQL

Exit codes: 0 some event matched, 1 none did, 2 something went wrong: the query, a file, an event.
`;

export const command: Command = { help, run: (args) => query(args, processStdio()) };

/** @returns the exit code */
export async function query(args: readonly string[], stdio: Stdio): Promise<number> {
  const { values, positionals } = parseOptions("query", args, {
    options: { kql: { type: "boolean" } },
    allowPositionals: true,
  });
  const [text, ...files] = positionals;
  if (text === undefined) throw new CommandError(EXIT.usage, "A query is missing.", 'See "wallwatch query --help".');
  let compiled: Query<JsonDocument>;
  try {
    compiled =
      values.kql === true
        ? compileKql(text, documentResolver, { kqlFields: documentFields })
        : compileEql(text, documentResolver);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    await stdio.stderr.write(`wallwatch: query, ${error.message}\n`);
    return TROUBLE;
  }
  return new Run(compiled, stdio).readAll(files.length > 0 ? files : ["-"]);
}

class Run {
  readonly #query: Query<JsonDocument>;
  readonly #stdio: Stdio;
  readonly #progress: Progress;
  readonly #pipeline: Pipeline<RecordedEvent>;
  #events = 0;
  #isTroubled = false;

  constructor(query: Query<JsonDocument>, stdio: Stdio) {
    this.#query = query;
    this.#stdio = stdio;
    this.#progress = new Progress(stdio.stderr);
    this.#pipeline = new Pipeline(query.pipes);
  }

  async readAll(paths: readonly string[]): Promise<number> {
    for (const path of paths) {
      if (this.#isOver) break;
      try {
        await this.#read(path);
      } catch (error) {
        await this.#complain(`${path}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    await this.#print(this.#pipeline.end());
    await this.#progress.clear();
    if (this.#isTroubled) return TROUBLE;
    return this.#pipeline.passed > 0 ? MATCHED : NO_MATCH;
  }

  async #read(path: string): Promise<void> {
    const input = await openInput(path, this.#stdio.stdin);
    const problems: RecordingProblem[] = [];
    const complain = async (): Promise<void> => {
      for (const { line, message } of problems.splice(0)) await this.#complain(`${input.name}:${line}: ${message}`);
    };
    try {
      for await (const batch of readEvents(input.chunks, (problem) => problems.push(problem))) {
        await complain();
        await this.#take(batch);
        if (this.#isOver) return;
        const { name, position: bytes, size } = input;
        await this.#progress.update({ name, bytes, size, events: this.#events });
      }
    } finally {
      await complain();
    }
  }

  async #take(events: readonly RecordedEvent[]): Promise<void> {
    this.#events += events.length;
    await this.#print(
      events.flatMap((event) => (this.#query.matches(event.document) ? this.#pipeline.push(event) : [])),
    );
  }

  /** No further event could be printed. */
  get #isOver(): boolean {
    return this.#pipeline.isFull || this.#stdio.stdout.isClosed;
  }

  async #print(events: readonly RecordedEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.#progress.clear();
    const lines = events.map(({ text, recorded }) => `${text ?? JSON.stringify(recorded)}\n`);
    await this.#stdio.stdout.write(lines.join(""));
  }

  async #complain(message: string): Promise<void> {
    this.#isTroubled = true;
    await this.#progress.clear();
    await this.#stdio.stderr.write(`wallwatch: ${message}\n`);
  }
}
