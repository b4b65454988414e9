import { createReadStream } from "node:fs";
import { rename, unlink } from "node:fs/promises";
import { createInterface } from "node:readline";

import type { SinkConfig } from "../config/sinks.js";
import { hasCode } from "../errno.js";
import type { Delays } from "./backoff.js";
import { DeadLetters, parseDeadLetter, resendingPath, type DeadLetter } from "./dead_letters.js";
import { Delivery } from "./delivery.js";
import { shipmentOf, type Shipment } from "./shipment.js";
import { targetOf } from "./targets.js";

/** Letters that are sent and accounted for together. */
const CHUNK = 100;
/** Tries of one chunk. What is still not taken then lies with the dead letters again. */
const TRIES = 4;

/** What became of the dead letters of one sink. */
export interface Resent {
  sent: number;
  /** Refused for good once more. */
  refused: number;
  /** Back where they were: the sink takes nothing for now. */
  kept: number;
  /** Why, at last. */
  reason: string | undefined;
}

export interface ResendOptions {
  readonly path: string;
  readonly sinks: Readonly<Record<string, SinkConfig>>;
  /** Only those of this one. */
  readonly only: string | undefined;
  readonly delays?: Delays;
}

/**
 * Sends dead letters again. The file is moved aside first, so that a running agent can go on adding to it; a letter leaves the
 * one that was moved only when it was sent or stands in the new one. One that was interrupted is taken up by the next.
 *
 * @returns by sink; letters of sinks that the configuration does not have count as kept
 * @throws what the system says of the files
 */
export async function resend(options: ResendOptions): Promise<ReadonlyMap<string, Resent>> {
  const results = new Map<string, Resent>();
  const aside = resendingPath(options.path);
  const isLeft = await resendFile(aside, options, results);
  if (isLeft) await unlink(aside);
  try {
    await rename(options.path, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return results;
    throw error;
  }
  await resendFile(aside, options, results);
  await unlink(aside);
  return results;
}

/** @returns whether there is such a file */
async function resendFile(path: string, options: ResendOptions, results: Map<string, Resent>): Promise<boolean> {
  const desk = new Desk(options, results);
  try {
    const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
    for await (const text of lines) if (text !== "") await desk.take(text);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
  await desk.finish();
  return true;
}

/** Sorts letters by their sink and sends them in chunks. */
class Desk {
  readonly #options: ResendOptions;
  readonly #results: Map<string, Resent>;
  readonly #letters: DeadLetters;
  readonly #waiting = new Map<string, DeadLetter[]>();

  constructor(options: ResendOptions, results: Map<string, Resent>) {
    this.#options = options;
    this.#results = results;
    // What came out of the file has room in it again.
    this.#letters = new DeadLetters(options.path, Infinity);
  }

  async take(text: string): Promise<void> {
    const letter = parseDeadLetter(text) ?? { sink: "", reason: "a damaged line", line: Buffer.from(text) };
    const { sink } = letter;
    const { only, sinks } = this.#options;
    if (!Object.hasOwn(sinks, sink) || (only !== undefined && sink !== only)) {
      if (only === undefined) this.#resultOf(sink).reason = "the configuration has no such sink";
      await this.#keep(sink, [letter]);
      return;
    }
    const chunk = this.#waiting.get(sink) ?? [];
    this.#waiting.set(sink, [...chunk, letter]);
    if (chunk.length + 1 >= CHUNK) await this.#send(sink);
  }

  async finish(): Promise<void> {
    for (const sink of this.#waiting.keys()) await this.#send(sink);
  }

  async #send(sink: string): Promise<void> {
    const chunk = this.#waiting.get(sink) ?? [];
    const config = this.#options.sinks[sink];
    this.#waiting.set(sink, []);
    if (config === undefined || chunk.length === 0) return;
    const result = this.#resultOf(sink);
    const shipments: Shipment[] = [];
    const unfit: DeadLetter[] = [];
    for (const letter of chunk) {
      const shipment = shipmentOf(letter.line);
      if (typeof shipment === "string") unfit.push(letter);
      else shipments.push(shipment);
    }
    if (unfit.length > 0) await this.#refuse(result, unfit);
    // A sink that takes nothing is not asked again for every hundred letters.
    const left = result.kept > 0 ? shipments : await this.#deliver(sink, config, result, shipments);
    if (left.length > 0) {
      const lines = new Set(left.map(({ line }) => line));
      await this.#keep(
        sink,
        chunk.filter(({ line }) => lines.has(line)),
      );
    }
  }

  /** @returns what could not be sent, or of which that is not known */
  async #deliver(
    sink: string,
    config: SinkConfig,
    result: Resent,
    shipments: readonly Shipment[],
  ): Promise<readonly Shipment[]> {
    const target = targetOf(config);
    const abort = new AbortController();
    let tries = 0;
    const delivery = new Delivery(
      sink,
      target,
      {
        arrived: (count) => (result.sent += count),
        held: ({ kind, reason }) => {
          result.reason = reason;
          if (kind === "hold" || ++tries >= TRIES) abort.abort();
        },
        resumed: () => (tries = 0),
        refused: (letters) => this.#refuse(result, letters),
      },
      this.#options.delays,
    );
    try {
      // They may have arrived with a resend that was interrupted.
      await delivery.deliver(shipments, true, abort.signal);
      if (result.refused === 0) result.reason = undefined;
    } catch (error) {
      if (!abort.signal.aborted) throw error;
      return delivery.left;
    } finally {
      target.close();
    }
    return [];
  }

  async #refuse(result: Resent, letters: readonly DeadLetter[]): Promise<void> {
    await this.#letters.add(letters);
    result.refused += letters.length;
    result.reason = letters.at(-1)?.reason;
  }

  async #keep(sink: string, letters: readonly DeadLetter[]): Promise<void> {
    await this.#letters.add(letters);
    if (sink !== this.#options.only && this.#options.only !== undefined) return;
    this.#resultOf(sink).kept += letters.length;
  }

  #resultOf(sink: string): Resent {
    const known = this.#results.get(sink) ?? { sent: 0, refused: 0, kept: 0, reason: undefined };
    this.#results.set(sink, known);
    return known;
  }
}
