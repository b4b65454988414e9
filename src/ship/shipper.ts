import type { Config } from "../config/schema.js";
import type { SinkConfig } from "../config/sinks.js";
import type { NestedDocument } from "../detect/document.js";
import type { LogReader } from "../log/reader.js";
import type { Delays } from "./backoff.js";
import { HOST_CLOCK, type Clock } from "./clock.js";
import { DeadLetters, deadLettersPath } from "./dead_letters.js";
import { shipmentOf } from "./shipment.js";
import { Sink, type ShipEvents, type SinkStatus } from "./sink.js";
import { targetOf } from "./targets.js";

export type { ShipEvents, SinkStatus } from "./sink.js";

export interface ShipperOptions {
  /** Makes the health document that says "I am here"; undefined where there is none to be sent. */
  readonly heartbeat?: (() => NestedDocument) | undefined;
  readonly delays?: Delays | undefined;
  readonly clock?: Clock | undefined;
}

/** All sinks, each at its own pace. What goes wrong with one stays with it. */
export class Shipper {
  readonly #sinks: readonly Sink[];
  /** What ends them. */
  readonly #heartbeats: readonly (() => void)[];
  #looking: Promise<void> | undefined;

  private constructor(sinks: readonly Sink[], heartbeats: readonly (() => void)[]) {
    this.#sinks = sinks;
    this.#heartbeats = heartbeats;
  }

  /** @param openReader opens the log for the sink of that name */
  static open(
    { sinks: configs, log }: Pick<Config, "sinks" | "log">,
    openReader: (name: string) => Promise<LogReader>,
    events: ShipEvents,
    options: ShipperOptions = {},
  ): Promise<Shipper> {
    const deadLetters = new DeadLetters(deadLettersPath(log.path));
    const { heartbeat, delays, clock = HOST_CLOCK } = options;
    const sinks: Sink[] = [];
    const heartbeats: (() => void)[] = [];
    for (const [name, config] of Object.entries(configs)) {
      const sink = new Sink({
        name,
        type: config.type,
        target: targetOf(config),
        openReader: () => openReader(name),
        limits: { lines: config.batch_lines, bytes: config.batch_bytes },
        takesHealth: config.health,
        deadLetters,
        events,
        delays,
        clock,
      });
      sinks.push(sink);
      if (heartbeat !== undefined) heartbeats.push(beat(sink, config, heartbeat, clock));
    }
    return Promise.resolve(new Shipper(sinks, heartbeats));
  }

  get status(): readonly SinkStatus[] {
    return this.#sinks.map(({ status }) => status);
  }

  /** Sees whether dead letters were sent again, which `status` says from then on. */
  lookAtDeadLetters(): Promise<void> {
    this.#looking ??= Promise.all(this.#sinks.map((sink) => sink.lookAtDeadLetters()))
      .then(() => undefined)
      .finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Best effort, kept only in a small bounded queue: a health document that is not in the log. */
  offerHealth(document: NestedDocument): void {
    for (const sink of this.#sinks) offer(sink, document);
  }

  /** @param patience ms in which sinks that work may send what waits; the rest stays in the log */
  async close(patience: number): Promise<void> {
    for (const end of this.#heartbeats) end();
    await Promise.all(this.#sinks.map((sink) => sink.close(patience)));
  }
}

/** The first one at once: it shows that the way is open before there is an alert. */
function beat(
  sink: Sink,
  { health, heartbeat: every }: SinkConfig,
  make: () => NestedDocument,
  clock: Clock,
): () => void {
  if (!health) return () => undefined;
  offer(sink, make());
  return clock.every(every, () => offer(sink, make()));
}

function offer(sink: Sink, document: NestedDocument): void {
  const shipment = shipmentOf(Buffer.from(JSON.stringify(document)));
  if (typeof shipment === "string") throw new TypeError(`not a health document: ${shipment}`);
  sink.offer(shipment);
}
