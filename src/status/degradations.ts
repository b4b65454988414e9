import type { SnapshotFacts } from "./snapshot.js";

/** ms for which a loss makes an agent a degraded one. */
const RECENT = 10 * 60_000;
/** Of so many canaries one is to come by. */
const CANARIES = 3;

/** Why an agent is not as it should be: whole sentences. docs/health.md says what to do about each. */
export function degradations(snapshot: SnapshotFacts): readonly string[] {
  return [...captureFaults(snapshot), ...logFaults(snapshot), ...sinkFaults(snapshot)];
}

function* captureFaults({
  time,
  started,
  lane,
  laneWanted,
  whyNotKernel,
  rules,
  canary,
  losses,
}: SnapshotFacts): Generator<string> {
  if (lane === "proc" && laneWanted !== "proc") {
    yield `Execs are read from /proc, and short ones may be missed: the kernel lane cannot be had (${whyNotKernel?.message ?? "unknown"}).`;
  }
  if (rules.broken > 0) yield `${count(rules.broken, "rule file")} could not be loaded.`;
  if (canary?.problem !== undefined) yield `The canary proves nothing: ${canary.problem}.`;
  if (canary !== null && time - (canary.lastSeen ?? started) > CANARIES * canary.every) {
    yield "No canary has come by for a long time: the kernel may not tell what is executed.";
  }
  const recent = Object.entries(losses).filter(([, { last }]) => time - last < RECENT);
  for (const [reason, { count: lost }] of recent) {
    // Late is not lost.
    if (reason !== "ring_full") yield `Events were lost in the last ten minutes (${reason}, ${lost} since the start).`;
  }
}

function* logFaults({ log }: SnapshotFacts): Generator<string> {
  const { outage, waiting, forcedOut, discarded } = log;
  if (outage !== null) {
    yield `The alert log cannot be written (${outage.reason}), and ${count(waiting.lines, "line")} wait in memory.`;
  }
  if (forcedOut > 0) yield `${count(forcedOut, "line")} had no room in memory while the disk refused them.`;
  if (discarded > 0)
    yield `${count(discarded, "line")} were deleted before every sink had them: log.disk is too small.`;
}

function* sinkFaults({ sinks }: SnapshotFacts): Generator<string> {
  for (const { name, holding, deadLetters, deadLettersLeft } of sinks) {
    if (holding !== undefined) yield `Sink ${name} takes nothing: ${holding.reason}.`;
    if (deadLettersLeft > 0) yield `Sink ${name} refused ${count(deadLetters, "document")} for good.`;
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
