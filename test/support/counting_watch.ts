// A watchExecs() in a process of its own, which a test may stop: node counting_watch.js LANE RING_BYTES
// It writes "ready", "fence NAME" for each exec whose first argument is "fence" and NAME, and on SIGTERM one line of JSON,
// a CountedWatch.
import { writeSync } from "node:fs";

import { watchExecs } from "../../src/watch.js";
import type { ExecEvent, Lane, Loss, LossReason } from "../../src/watch.js";

export interface CountedWatch {
  /** Execs between the first fence and the last, of whatever program. */
  readonly execs: number;
  /** How often the number of each marked exec, MARKER<n> as first argument, was seen. */
  readonly marked: readonly number[];
  /** Events concerned by losses that happened between the fences. */
  readonly lost: LostEvents;
  /** The same of losses whose window reaches beyond a fence: how many of these happened between them is not known. */
  readonly perhapsLost: LostEvents;
}

export type LostEvents = Readonly<Partial<Record<LossReason, number>>>;

export const MARKER = "marked-";

async function count(lane: Lane, ringBytes: number): Promise<void> {
  const abort = new AbortController();
  process.once("SIGTERM", () => {
    abort.abort();
  });
  const watch = watchExecs({ lane, canary: false, signal: abort.signal, ...(ringBytes > 0 && { ringBytes }) });
  await watch.ready;
  writeSync(1, "ready\n");
  const orders: number[] = [];
  const fences: ExecEvent[] = [];
  const marked: number[] = [];
  const losses: Loss[] = [];
  for await (const item of watch) {
    if (item.kind === "loss") {
      losses.push(item);
      continue;
    }
    orders.push(item.record.order);
    const [, first = "", second = ""] = item.process.args;
    if (first.startsWith(MARKER)) {
      const number = Number(first.slice(MARKER.length));
      marked[number] = (marked[number] ?? 0) + 1;
    } else if (first === "fence") {
      fences.push(item);
      writeSync(1, `fence ${second}\n`);
    }
  }
  const [begin, end] = [fences[0], fences.at(-1)];
  if (begin === undefined || end === undefined) throw new Error("there was no fence");
  const [from, until] = [begin.timestamp.date.getTime(), end.timestamp.date.getTime()];
  const inside = (loss: Loss): boolean => loss.from.getTime() > from && loss.until.getTime() < until;
  const outside = (loss: Loss): boolean => loss.until.getTime() < from || loss.from.getTime() > until;
  const result: CountedWatch = {
    execs: orders.filter((order) => order > begin.record.order && order < end.record.order).length,
    marked: Array.from({ length: marked.length }, (_, number) => marked[number] ?? 0),
    lost: sum(losses.filter(inside)),
    perhapsLost: sum(losses.filter((loss) => !inside(loss) && !outside(loss))),
  };
  writeSync(1, `${JSON.stringify(result)}\n`);
}

function sum(losses: readonly Loss[]): LostEvents {
  const events: Partial<Record<LossReason, number>> = {};
  for (const { reason, count } of losses) events[reason] = (events[reason] ?? 0) + count;
  return events;
}

if (process.argv[1] === import.meta.filename) {
  const [, , lane = "kernel", ringBytes = "0"] = process.argv;
  await count(lane as Lane, Number(ringBytes));
}
