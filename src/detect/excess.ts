import { isJsonObject, type JsonObject } from "../json.js";
import { shortened } from "../printable.js";
import { section, type NestedDocument } from "./document.js";

/** UTF-16 code units of a command line, and of a leader's arguments together, that an alert has. */
const LONGEST = 32_768;

/** Where the document says which of its fields were cut. */
const MARK = "cut";

const LEADERS: readonly string[] = ["session_leader", "group_leader", "entry_leader"];

/**
 * The document of an alert with command lines cut where they are very long, and arguments of leaders likewise. `process.args` and
 * `process.parent.args` stay whole: what was executed is in them. A command line stands in an alert some twenty times (parent,
 * leaders, ancestors), a control character in it takes six bytes of JSON, and so somebody could make alerts of a size that no
 * service has the memory for. What was cut is named in `wallwatch.cut`; where nothing was, the document is the same.
 *
 * To be called when secrets are masked: the half of one might not be known for one.
 */
export function withoutExcess(document: NestedDocument): NestedDocument {
  const cut = new Set<string>();
  const process = cutProcess(section(document, "process"), "process", cut);
  const wallwatch = section(document, "wallwatch");
  const { ancestors } = wallwatch;
  const kept = Array.isArray(ancestors)
    ? ancestors.map((one: unknown) => (isJsonObject(one) ? cutLine(one, "wallwatch.ancestors", cut) : one))
    : ancestors;
  if (cut.size === 0) return document;
  const own = kept === undefined ? wallwatch : { ...wallwatch, ancestors: kept };
  return { ...document, process, wallwatch: { ...own, [MARK]: [...cut] } };
}

function cutProcess(process: JsonObject, field: string, cut: Set<string>): JsonObject {
  const own = cutLine(process, field, cut);
  const { parent } = process;
  const relatives: Record<string, unknown> = {};
  if (isJsonObject(parent)) relatives["parent"] = cutLine(parent, `${field}.parent`, cut);
  for (const name of LEADERS) {
    const leader = process[name];
    if (!isJsonObject(leader)) continue;
    relatives[name] = cutArgs(cutLine(leader, `${field}.${name}`, cut), `${field}.${name}`, cut);
  }
  return { ...own, ...relatives };
}

function cutLine(process: JsonObject, field: string, cut: Set<string>): JsonObject {
  const { command_line: line } = process;
  if (typeof line !== "string" || line.length <= LONGEST) return process;
  cut.add(`${field}.command_line`);
  return { ...process, command_line: shortened(line, LONGEST) };
}

function cutArgs(process: JsonObject, field: string, cut: Set<string>): JsonObject {
  const { args } = process;
  if (!Array.isArray(args)) return process;
  const kept: unknown[] = [];
  let left = LONGEST;
  for (const arg of args as readonly unknown[]) {
    const length = typeof arg === "string" ? arg.length : 0;
    if (length > left) {
      if (left > 0) kept.push(shortened(String(arg), left));
      cut.add(`${field}.args`);
      return { ...process, args: kept };
    }
    kept.push(arg);
    left -= length + 1;
  }
  return process;
}
