import type { RecordedEvent } from "../replay/event.js";
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
import { Recordings } from "./recordings.js";
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

Exit codes: 0 some event matched, 1 none did, 2 something went wrong: the query, a file, an event; ${EXIT.usage} usage,
${EXIT.io} the output could not be written.
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
  const pipeline = new Pipeline<RecordedEvent>(compiled.pipes);
  const recordings = new Recordings(stdio);
  await recordings.readAll(files, {
    take: (events) =>
      linesOf(events.flatMap((event) => (compiled.matches(event.document) ? pipeline.push(event) : []))),
    get isFull() {
      return pipeline.isFull;
    },
  });
  await recordings.print(linesOf(pipeline.end()));
  if (recordings.isTroubled) return TROUBLE;
  return pipeline.passed > 0 ? MATCHED : NO_MATCH;
}

/** The events as they were recorded, each on one line: in JSON a line break never stands inside a value. */
function linesOf(events: readonly RecordedEvent[]): string {
  return events.map(({ text }) => `${text.replace(/[\r\n]\s*/g, "")}\n`).join("");
}
