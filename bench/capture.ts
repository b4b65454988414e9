import { findPeers } from "./peers.js";
import { atMost, exactly, type Report, type Row, type Target } from "./report.js";
import { median } from "./statistics.js";
import { runStorm } from "./storm.js";
import { agent, capture } from "./wallwatch.js";
import { watch, type Watched, type Watcher } from "./watchers.js";

const SPAWNERS = 4;
/** Percent. */
const SLOWDOWN_LIMIT = 10;

export interface CaptureOptions {
  /** Execs in one round. */
  readonly execs: number;
  /** Rounds of the capture stage. */
  readonly rounds: number;
  /** Rounds of the whole agent, and of each peer. */
  readonly otherRounds: number;
}

interface Round extends Watched {
  /** Seconds it took the spawners, over those of the rounds before and after that nobody watched. */
  readonly slowdown: number;
}

/**
 * Storms of instantly exiting processes, each with its number in argv. Every watched round lies between two that nobody
 * watches and is compared with these, so that a machine that changes its pace does not look like a watcher's doing.
 */
export async function benchCapture({ execs, rounds, otherRounds }: CaptureOptions): Promise<Report> {
  const { present, absent } = findPeers();
  const watchers = [capture, agent, ...present];
  const found = new Map<Watcher, Round[]>(watchers.map((watcher) => [watcher, []]));
  const schedule = interleave(
    new Map(watchers.map((watcher) => [watcher, watcher === capture ? rounds : otherRounds])),
  );
  const storm = (): Promise<number> => runStorm({ execs, spawners: SPAWNERS });
  await storm(); // the first one warms caches
  let before = await storm();
  for (const watcher of schedule) {
    let seconds = 0;
    const watched = await watch(watcher, execs, async () => {
      seconds = await storm();
    });
    const after = await storm();
    found.get(watcher)?.push({ ...watched, slowdown: (2 * seconds) / (before + after) });
    before = after;
  }
  return {
    bench: "capture",
    method: `storms of ${execs} instantly exiting processes from ${SPAWNERS} spawners, each round between two that nobody watches`,
    rows: watchers.map((watcher) => rowOf(watcher, found.get(watcher) ?? [], execs)),
    targets: targetsOf(found, execs, present),
    absent,
  };
}

/** Spreads the rounds of each watcher evenly over the whole. */
function interleave(rounds: ReadonlyMap<Watcher, number>): Watcher[] {
  const slots = [...rounds].flatMap(([watcher, count]) =>
    Array.from({ length: count }, (_, round) => ({ watcher, at: (round + 0.5) / count })),
  );
  return slots.sort((left, right) => left.at - right.at).map(({ watcher }) => watcher);
}

function rowOf(watcher: Watcher, rounds: readonly Round[], execs: number): Row {
  const slowdowns = rounds.map(({ slowdown }) => percent(slowdown));
  const total = rounds.length * execs;
  const cpu = rounds.reduce((sum, round) => sum + round.cpu, 0);
  const says = watcher.number !== undefined;
  return {
    watcher: watcher.name,
    execs: total,
    caught: says ? caughtIn(rounds) : "",
    "share %": says ? ((100 * caughtIn(rounds)) / total).toFixed(3) : "",
    doubled: says ? doubledIn(rounds) : "",
    "slowdown %": median(slowdowns).toFixed(1),
    "from %": Math.min(...slowdowns).toFixed(1),
    "to %": Math.max(...slowdowns).toFixed(1),
    "its CPU µs/exec": ((1e6 * cpu) / total).toFixed(1),
  };
}

function targetsOf(found: ReadonlyMap<Watcher, readonly Round[]>, execs: number, peers: readonly Watcher[]): Target[] {
  const slowdown = (watcher: Watcher): number =>
    percent(median((found.get(watcher) ?? []).map((round) => round.slowdown)));
  const captured = found.get(capture) ?? [];
  const auditd = peers.find(({ name }) => name === "auditd");
  const targets = [
    exactly("execs that the capture stage caught", caughtIn(captured), captured.length * execs),
    exactly("execs that it saw twice", doubledIn(captured), 0),
    atMost("slowdown in % by the capture stage", slowdown(capture), SLOWDOWN_LIMIT),
    atMost("slowdown in % by the whole agent", slowdown(agent), SLOWDOWN_LIMIT),
  ];
  if (auditd !== undefined) {
    targets.push(
      atMost("slowdown in % by the whole agent against half of auditd's", slowdown(agent), slowdown(auditd) / 2),
    );
  }
  return targets;
}

function caughtIn(rounds: readonly Round[]): number {
  return rounds.reduce((sum, { caught }) => sum + (caught ?? 0), 0);
}

function doubledIn(rounds: readonly Round[]): number {
  return rounds.reduce((sum, { doubled }) => sum + doubled, 0);
}

/** 1.1 times as slow is 10%. */
function percent(slowdown: number): number {
  return 100 * (slowdown - 1);
}
