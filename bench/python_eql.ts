import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { ROOT } from "../test/support/programs.js";

/** µs of processor time per event. */
export interface PythonCosts {
  readonly version: string;
  /** json.loads of the lines. */
  readonly parse: number;
  /** The engine's callback for each decoded event. */
  readonly match: number;
}

/**
 * Rule 111 in words that this engine has: to it a list equals no string, and "in" over one is a TypeError, so where
 * Elasticsearch asks whether any value matches, it must be asked by a function.
 */
const QUERY = `
process where host.os.type == "linux" and arrayContains(event.type, "start") and
event.action in ("exec", "exec_event", "start") and (
  (process.name == "ufw" and arrayContains(process.args, "disable")) or
  (process.name == "iptables" and arrayContains(process.args, "-F", "--flush", "-X", "--delete-chain") and
   process.args_count == 2) or
  (process.name in ("iptables", "ip6tables") and arrayContains(process.parent.args, "force-stop")) or
  (((process.name == "service" and arrayContains(process.args, "stop")) or
    (process.name == "chkconfig" and arrayContains(process.args, "off")) or
    (process.name == "systemctl" and arrayContains(process.args, "disable", "stop", "kill"))) and
   arrayContains(process.args, "firewalld", "ip6tables", "iptables",
                 "firewalld.service", "ip6tables.service", "iptables.service"))
)`;

/** The engine's own way for events of one kind: its queries ask for the category by the event's type. */
const SCRIPT = `
import importlib.metadata, json, sys, time
import eql

lines = open(sys.argv[1]).read().splitlines()
begin = time.process_time()
documents = [json.loads(line) for line in lines]
parsed = time.process_time()
engine = eql.PythonEngine({"flatten": True})
engine.add_query(eql.parse_query(sys.argv[2]))
found = []
engine.add_output_hook(found.append)
events = [eql.Event("process", 0, document) for document in documents]
ready = time.process_time()
engine.stream_events(events, finalize=True)
done = time.process_time()
count = len(lines)
print(json.dumps({
    "version": importlib.metadata.version("eql"),
    "parse": 1e6 * (parsed - begin) / count,
    "match": 1e6 * (done - ready) / count,
    "found": len(found),
}))
`;

/** Where CI puts it. */
const INSTALLED = join(ROOT, "build", "python-eql");

/**
 * PyPI's `eql` on the same events. The interpreter is PYTHON, or else python3.
 *
 * @returns the sentence that says why it is not here
 */
export function runPythonEql(file: string): PythonCosts | string {
  const { PYTHON: python = "python3", PYTHONPATH: path = "" } = process.env;
  const env = { ...process.env, PYTHONPATH: `${INSTALLED}:${path}` };
  try {
    execFileSync(python, ["-c", "import eql"], { stdio: "ignore", env });
  } catch {
    return `not installed for ${python} (pip install eql; PYTHON names another interpreter)`;
  }
  const answer: unknown = JSON.parse(execFileSync(python, ["-c", SCRIPT, file, QUERY], { encoding: "utf8", env }));
  if (typeof answer !== "object" || answer === null || !("version" in answer) || !("found" in answer)) {
    throw new Error(`eql said: ${JSON.stringify(answer)}`);
  }
  if (Number(answer.found) === 0) return `version ${String(answer.version)} finds nothing in these events`;
  const { parse, match } = answer as unknown as PythonCosts;
  return { version: String(answer.version), parse, match };
}
