import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { replay } from "../src/cli/replay.js";
import { Sink } from "../src/cli/stdio.js";
import type { RuleIndex } from "../src/detect/detector.js";
import { liveView } from "../src/detect/live.js";
import { liveTarget } from "../src/detect/live_target.js";
import { recordedView } from "../src/detect/recorded.js";
import { toDocument } from "../src/ecs/document.js";
import type { ExecEvent } from "../src/process/event.js";
import { documentResolver, type JsonDocument } from "../src/rules/document.js";
import { documentFields } from "../src/rules/kql/fields.js";
import { loadRules } from "../src/rules/load.js";
import type { RuleSet } from "../src/rules/ruleset.js";
import { SHIPPED_RULES } from "../src/rules/shipped.js";
import { HOST } from "../test/support/events.js";
import { ROOT } from "../test/support/programs.js";
import { evaluation, measureEvaluations, type Evaluation } from "./evaluation.js";
import { runPythonEql } from "./python_eql.js";
import { atMost, type Report, type Row, type Target } from "./report.js";
import { execEvents } from "./rule_events.js";
import { median } from "./statistics.js";

/** "Attempt to Disable IPTables or Firewall", which asks for seven names. */
const ONE_RULE = join(SHIPPED_RULES, "attempt_to_disable_iptables_or_firewall.toml");
/** 45 of Elastic's rules as published. */
const ELASTIC_RULES = join(ROOT, "..", "shared", "conformance", "elastic-rules");
const MANY = 600;
const REPETITIONS = 5;

export interface RulesOptions {
  readonly events: number;
  readonly rounds: number;
}

/** One way to do the work: every round it is done once, on events of its own. */
interface Contender {
  readonly name: string;
  /** How many it goes through in one round. */
  readonly events: number;
  /** Makes what the round needs; only what it returns is measured. */
  prepare(): () => void | Promise<void>;
}

/** CPU time of this process per event in µs, by contender, one for each round. */
type Costs = ReadonlyMap<string, readonly number[]>;

const PARSE = "JSON.parse of the lines";
const REPLAY = "replay, shipped rules";
const REPLAY_ONE = "replay, one rule";
const REPLAY_ELASTIC = "replay, Elastic's rules";
const ONE = "decoded event, one rule";
const ONE_EVERYWHERE = "decoded event, one rule without the index";
const ELASTIC = "decoded event, Elastic's rules";
const LIVE_ONE = "live event, one rule";
const LIVE_MANY = `live event, ${MANY} rules`;

/**
 * What rules cost. It counts the processor time of the process, not the clock, and does all contenders in turn in each round:
 * so a busy machine slows all of them alike.
 */
export async function benchRules({ events, rounds }: RulesOptions): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), "wallwatch-bench-"));
  try {
    const lines = Array.from(execEvents(events), (event) => JSON.stringify(toDocument(event, HOST)));
    const file = join(folder, "events.ndjson");
    await writeFile(file, lines.map((line) => `${line}\n`).join(""));
    const absent: string[] = [];
    const one = await recordedRules(ONE_RULE);
    const many = await manyRules(folder);
    const contenders: Contender[] = [
      { name: PARSE, events, prepare: () => () => parseAll(lines) },
      replayed(REPLAY, file, events),
      replayed(REPLAY_ONE, file, events, ONE_RULE),
    ];
    const elastic = existsSync(ELASTIC_RULES) ? await recordedRules(ELASTIC_RULES) : undefined;
    if (elastic === undefined) absent.push("Elastic's rules: there is no ../shared/conformance");
    else contenders.push(replayed(REPLAY_ELASTIC, file, events, ELASTIC_RULES));
    const evaluations = [
      ...decoded(lines, one, elastic),
      evaluation(LIVE_ONE, many.one, liveView(HOST), () => execEvents(events)),
      evaluation(LIVE_MANY, many.all, liveView(HOST), () => execEvents(events)),
    ];
    const times = measureEvaluations(evaluations, rounds);
    const costs = new Map([
      ...(await measure(contenders, rounds)),
      ...Array.from(times, ([name, time]): [string, number[]] => [name, [(time * 1000) / events]]),
    ]);
    const python = runPythonEql(file);
    if (typeof python === "string") absent.push(`eql of PyPI: ${python}`);
    return {
      bench: "rules",
      method:
        `${events} exec events of ${Math.round(lines.join("").length / events)} bytes, processor time per event ` +
        `(of decoded and live ones, time by the clock), median of ${rounds} rounds; Elastic's rules are ${elastic?.live.length ?? 0} of ${elastic?.rules.length ?? 0} that load`,
      rows: [
        ...[...costs].map(([name, each]): Row => ({ what: name, "µs/event": median(each) })),
        ...(typeof python === "string" ? [] : pythonRows(python)),
        { what: "memory of a rule, KiB", "µs/event": "", KiB: many.kibPerRule },
      ],
      targets: targetsOf(costs),
      absent,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function targetsOf(costs: Costs): Target[] {
  const ratio = (name: string, base: string, limit: number): Target[] => {
    const [own, others] = [costs.get(name), costs.get(base)];
    if (own === undefined || others === undefined) return [];
    return [atMost(`${name}, over ${base}`, median(own.map((cost, round) => cost / (others[round] ?? 0))), limit)];
  };
  return [
    ...ratio(REPLAY, PARSE, 1.5),
    ...ratio(REPLAY_ELASTIC, REPLAY_ONE, 2),
    ...ratio(ELASTIC, ONE_EVERYWHERE, 2),
    ...ratio(LIVE_MANY, LIVE_ONE, 2),
  ];
}

function pythonRows({ version, parse, match }: { version: string; parse: number; match: number }): Row[] {
  return [
    { what: `Python's json.loads of the lines`, "µs/event": parse },
    { what: `eql ${version} of PyPI, decoded event, one rule`, "µs/event": match },
  ];
}

async function measure(contenders: readonly Contender[], rounds: number): Promise<Costs> {
  const costs = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  // The first round is the optimizer's.
  for (let round = 0; round <= rounds; round++) {
    for (const contender of contenders) {
      const { name, events } = contender;
      const work = contender.prepare();
      collectGarbage();
      const before = process.cpuUsage();
      await work();
      const { user, system } = process.cpuUsage(before);
      if (round > 0) costs.get(name)?.push((user + system) / events);
    }
  }
  return costs;
}

function parseAll(lines: readonly string[]): void {
  let fields = 0;
  for (const line of lines) fields += Object.keys(JSON.parse(line) as object).length;
  if (fields === 0) throw new Error("the events are empty");
}

/** The file several times over, so that what is done once, such as loading rules, counts as little as in a long recording. */
function replayed(name: string, file: string, count: number, rules?: string): Contender {
  const files = Array.from({ length: REPETITIONS }, () => file);
  const args = rules === undefined ? files : ["--rules", rules, ...files];
  return { name, events: count * REPETITIONS, prepare: () => () => replayAll(args) };
}

async function replayAll(args: readonly string[]): Promise<void> {
  const sink = (): Sink => new Sink(new Writable({ write: (_chunk, _encoding, done) => done() }));
  const code = await replay(args, { stdin: nothing(), stdout: sink(), stderr: sink() });
  if (code !== 0) throw new Error(`replay ended with ${code}`);
}

async function* nothing(): AsyncGenerator<Buffer, void> {
  // Standard input that nobody gave.
}

/** Decoded events: one rule by its names and at every event, and all of Elastic's where they are. */
function decoded(
  lines: readonly string[],
  one: RuleSet<JsonDocument>,
  elastic: RuleSet<JsonDocument> | undefined,
): Evaluation[] {
  // Whether an event is undecided is asked of rules about its program only.
  const everywhere = one.live.map((rule) => ({ ...rule, requiresName: false }));
  const by = (name: string, rules: RuleIndex<JsonDocument>): Evaluation =>
    evaluation(name, rules, recordedView, () => documentsOf(lines));
  return [
    by(ONE, one),
    by(ONE_EVERYWHERE, { candidatesOf: () => everywhere }),
    ...(elastic === undefined ? [] : [by(ELASTIC, elastic)]),
  ];
}

function* documentsOf(lines: readonly string[]): Generator<JsonDocument, void> {
  for (const line of lines) yield JSON.parse(line) as JsonDocument;
}

function recordedRules(path: string): Promise<RuleSet<JsonDocument>> {
  return loadRules([path], { resolve: documentResolver, kqlFields: documentFields });
}

interface ManyRules {
  readonly one: RuleSet<ExecEvent>;
  readonly all: RuleSet<ExecEvent>;
  readonly kibPerRule: number;
}

/** As many rules as a host may have, each about a program of its own and otherwise like rule 111. */
async function manyRules(folder: string): Promise<ManyRules> {
  const files: string[] = [];
  for (let number = 0; number < MANY; number++) {
    const file = join(folder, `${number}.toml`);
    await writeFile(file, ruleFile(number));
    files.push(file);
  }
  const target = liveTarget(HOST);
  const [first = ""] = files;
  const one = await loadRules([first], target);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const all = await loadRules(files, target);
  collectGarbage();
  const kibPerRule = (process.memoryUsage().heapUsed - before) / MANY / 1024;
  if (all.live.length !== MANY) throw new Error(`of ${MANY} rules only ${all.live.length} are live`);
  return { one, all, kibPerRule };
}

function ruleFile(number: number): string {
  return `[rule]
rule_id = "bench-${number}"
name = "Program ${number} Stopped Something"
description = "One of many rules, each about a program of its own."
severity = "low"
risk_score = 21
type = "eql"
language = "eql"
query = '''
process where host.os.type == "linux" and event.type == "start" and event.action in ("exec", "exec_event", "start") and (
  (process.name == "program-${number}" and process.args in ("stop", "disable", "mask") and process.args_count >= 2) or
  (process.name in ("program-${number}", "tool-${number}") and process.parent.args == "force-stop")
)
'''
`;
}

/** Node gives it only on request. */
const collectGarbage = ((): (() => void) => {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("there is no gc()");
  return () => void Reflect.apply(collect, undefined, []);
})();
