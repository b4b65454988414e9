import { keysForRestart } from "../config/changes.js";
import type { Config } from "../config/schema.js";
import { alertDocument } from "../detect/alert.js";
import { Detector, type Detection } from "../detect/detector.js";
import { textOf, type NestedDocument } from "../detect/document.js";
import { exceptionWarnings, Expiries } from "../detect/exceptions.js";
import { withoutExcess } from "../detect/excess.js";
import { healthDocument, type HealthReport } from "../detect/health.js";
import { liveView } from "../detect/live.js";
import { loadLiveRules } from "../detect/live_rules.js";
import type { Origin } from "../detect/origin.js";
import { Forgeries } from "../health/forgeries.js";
import { heartbeatDocument } from "../health/heartbeat.js";
import { discardedDocument, forcedOutDocument, lossDocument } from "../health/losses.js";
import { RELOAD_REFUSED, RELOADED, refusedDocument, reloadedDocument, type Reloaded } from "../health/reload.js";
import type { HostContext } from "../host/context.js";
import { readHostFacts } from "../host/facts.js";
import { LoginSessions } from "../host/logind.js";
import { UserNames } from "../host/users.js";
import type { LogEntry } from "../log/entry.js";
import { ALERT_LEVEL, createFormatter, type LogLevel } from "../log/format.js";
import type { AlertLog, LogStats, Waiting } from "../log/writer.js";
import type { ExecEvent } from "../process/event.js";
import { redactDocument } from "../redact/document.js";
import { redactorOf, type Redactor } from "../redact/redactor.js";
import { environmentWarnings } from "../rules/environment.js";
import type { RuleSet } from "../rules/ruleset.js";
import { openReaders, startShipping, type Shipper, type SinkStatus } from "../ship/start.js";
import { watchExecs, type ExecWatch, type Loss, type Started, type WatchStats } from "../watch.js";
import { Announcer } from "./announcer.js";
import type { AgentEvents } from "./events.js";
import { openLog } from "./open_log.js";
import { detectorOptions, NoRulesError, originOf, type AgentParts } from "./parts.js";

export type { AgentEvents } from "./events.js";
export { LogOpenError } from "./open_log.js";
export { NoRulesError } from "./parts.js";

/** ms between two looks whether a summary is due. */
const TICK = 1000;
/** ms that a disk which refuses is given at the end. */
const LAST_PATIENCE = 5000;
/** ms that sinks are given at the end; what they do not take by then waits in the log for the next start. */
const SHIP_PATIENCE = 3000;

/** Counts since the start. */
export interface AgentStats {
  readonly execs: number;
  /** All, whether an alert came of them or not. */
  readonly matches: number;
  /** Matches that an exception kept from being alerts. */
  readonly excepted: number;
  /** Alerts that are on disk. */
  readonly raised: number;
  readonly waiting: Waiting;
  /** What was lost by capture, by reason. */
  readonly losses: Readonly<Record<string, number>>;
  readonly log: LogStats;
}

/** The stages put together: host facts, rules, log, capture, in this order, and then events until it is stopped. */
export class Agent {
  readonly host: HostContext;
  /** How capture began. */
  readonly started: Started;
  readonly #events: AgentEvents;
  readonly #detector: Detector<ExecEvent>;
  readonly #announcer: Announcer;
  readonly #log: AlertLog;
  readonly #watch: ExecWatch;
  readonly #formatter = createFormatter();
  readonly #losses: Record<string, number> = {};
  readonly #started = Date.now();
  readonly #forgeries = new Forgeries(this.#started);
  #shipper: Shipper | undefined;
  /** As it was started. */
  readonly #config: Config;
  /** What a reload replaces. */
  #parts: AgentParts;
  #redactor: Redactor;
  #expiries: Expiries;
  /** performance.now() until which execs wait for a log whose disk is busy. */
  #waitUntil = Infinity;
  /** The log takes no more. */
  #isOver = false;
  #execs = 0;
  #matches = 0;
  #excepted = 0;
  #raised = 0;

  private constructor(parts: AgentParts, announcer: Announcer, log: AlertLog, watch: ExecWatch, started: Started) {
    this.host = parts.host;
    this.started = started;
    this.#events = parts.events;
    this.#config = parts.config;
    this.#parts = parts;
    this.#expiries = new Expiries(parts.config.exceptions, Date.now());
    this.#detector = new Detector(parts.rules, liveView(parts.host), detectorOptions(parts));
    this.#redactor = redactorFor(parts.config);
    this.#announcer = announcer;
    this.#log = log;
    this.#watch = watch;
  }

  /**
   * Resolves when the connector has acknowledged: what is executed from then on is seen.
   *
   * @throws {NoRulesError} before anything is opened
   * @throws {LogOpenError}
   * @throws {AddonError}, or what the system said (`code`, `syscall`) where capture cannot start
   */
  static async start(config: Config, events: AgentEvents): Promise<Agent> {
    // Before capture begins: it starts dozens of processes, which would all be events.
    const facts = await readHostFacts();
    const host: HostContext = { facts, users: new UserNames(), sessions: new LoginSessions() };
    const rules = await loadLiveRules(config.rules, host);
    if (rules.live.length === 0) throw new NoRulesError(rules);
    const parts = { config, events, host, rules, origin: originOf(config, host) };
    const announcer = new Announcer((detection) => events.detected?.(detection));
    let agent: Agent | undefined;
    const log = await openLog(config, {
      ...events,
      committed: (entries) => {
        if (agent !== undefined) agent.#raised += entries.filter(({ isAlert }) => isAlert).length;
        announcer.committed(entries);
        events.committed?.(entries);
      },
      outage: (error, waiting) => {
        events.outage?.(error, waiting);
        announcer.refused();
      },
      recovered: () => {
        announcer.accepted();
        events.recovered?.();
      },
      forcedOut: (lines) => {
        if (agent !== undefined) agent.#writeHealth("log-loss", forcedOutDocument(lines, agent.#origin));
        events.forcedOut?.(lines);
      },
      discarded: (lines) => {
        if (agent !== undefined) agent.#writeHealth("log-discarded", discardedDocument(lines, agent.#origin));
        events.discarded?.(lines);
      },
    });
    let watch: ExecWatch | undefined;
    try {
      const readers = await openReaders(config, log);
      const { lane, environment, canary_interval: every } = config.capture;
      watch = watchExecs({ lane, environment, canary: { every } });
      const watching = new Agent(parts, announcer, log, watch, await watch.ready);
      agent = watching;
      watching.#shipper = await startShipping(config, readers, events, () => watching.#heartbeat());
      return agent;
    } catch (error) {
      // The capture thread would keep the process from ending. What it says to that is the same error once more.
      await watch?.close().catch(() => undefined);
      await log.close(LAST_PATIENCE);
      throw error;
    }
  }

  /** Those that apply now. */
  get rules(): RuleSet<ExecEvent> {
    return this.#parts.rules;
  }

  /** The configuration that applies now; what a reload cannot change is as the file has it, and not in force. */
  get config(): Config {
    return this.#parts.config;
  }

  /** What is not as its administrator may think it is: sentences without a full stop. */
  get warnings(): readonly string[] {
    const { exceptions } = this.#parts.config;
    // A reload does not change it.
    const { environment } = this.#config.capture;
    const rules = this.rules.rules.map(({ rule }) => rule);
    const live = this.rules.live.map(({ rule }) => rule);
    return [...exceptionWarnings(exceptions, rules, Date.now()), ...environmentWarnings(live, environment)];
  }

  get stats(): AgentStats {
    return {
      execs: this.#execs,
      matches: this.#matches,
      excepted: this.#excepted,
      raised: this.#raised,
      waiting: this.#log.waiting,
      losses: { ...this.#losses },
      log: this.#log.stats,
    };
  }

  /** Of the capture stage. */
  get watched(): WatchStats {
    return this.#watch.stats;
  }

  /** One for each sink of the configuration. */
  get sinks(): readonly SinkStatus[] {
    return this.#shipper?.status ?? [];
  }

  /** Sees whether dead letters were sent again, which `sinks` says from then on. */
  async lookAtDeadLetters(): Promise<void> {
    await this.#shipper?.lookAtDeadLetters();
  }

  /**
   * Handles what happens until `signal` is aborted, and all that was captured until then.
   *
   * @returns what could not be put on disk
   */
  async run(signal: AbortSignal): Promise<Waiting> {
    const stop = (): void => {
      // What comes later than that is refused where memory is full, and counted.
      this.#waitUntil = performance.now() + LAST_PATIENCE;
      // What goes wrong in it is thrown by the iteration as well.
      this.#watch.close().catch(() => undefined);
    };
    signal.addEventListener("abort", stop, { once: true });
    const timer = setInterval(() => this.#tick(Date.now()), TICK);
    try {
      if (signal.aborted) stop();
      for await (const batch of this.#watch.batches()) {
        for (const item of batch) {
          if (item.kind === "loss") {
            this.#lost(item);
            continue;
          }
          const detections = this.#observe(item);
          if (detections.length > 0) await this.#raise(detections);
        }
      }
    } finally {
      clearInterval(timer);
      signal.removeEventListener("abort", stop);
      for (const detection of this.#detector.flush()) this.#handle(detection);
      this.#tellForgeries(Date.now(), true);
      await this.#events.ending?.();
      await this.#shipper?.close(SHIP_PATIENCE);
      this.#isOver = true;
      await this.#log.close(LAST_PATIENCE);
    }
    return this.#log.waiting;
  }

  /** Writes a health document into the log. @param report what it says; `level` is the line's */
  report(report: HealthReport & { readonly level: LogLevel }): void {
    if (!this.#isOver) this.#writeHealth(report.action, healthDocument(report, this.#origin), report.level);
  }

  /**
   * Takes over the rules, exceptions, redaction, cap, tags and labels of a configuration, all from the same event on: until then the
   * former ones judge, and no exec goes by unseen. A rule file that broke keeps the rule that it had.
   *
   * @param from ms since 1970, when its file began to be read
   * @throws {NoRulesError} or what the system says of a path; then all stays as it was
   */
  async reload(config: Config, from: number): Promise<Reloaded> {
    const { host, origin, rules: previous } = this.#parts;
    const rules = await loadLiveRules(config.rules, host, previous);
    if (rules.live.length === 0) throw new NoRulesError(rules);
    const parts = { ...this.#parts, config, rules, origin: { ...origin, tags: config.tags, labels: config.labels } };
    this.#detector.reconfigure(rules, detectorOptions(parts));
    // What needs a restart stays as it was until then, whatever the file says by now.
    const restart = keysForRestart(this.#config, config);
    this.#parts = parts;
    this.#redactor = redactorFor(config);
    this.#expiries = new Expiries(config.exceptions, Date.now());
    const { live, problems } = rules;
    const exceptions = config.exceptions.length;
    const reloaded = { live: live.length, exceptions, problems, warnings: this.warnings, restart };
    if (!this.#isOver) this.#writeHealth(RELOADED, reloadedDocument(reloaded, this.#origin, from, Date.now()));
    return reloaded;
  }

  /** Writes down that a configuration was not taken over. @param reason what is wrong with it @param from as reload() */
  refuse(reason: string, from: number): void {
    if (!this.#isOver) this.#writeHealth(RELOAD_REFUSED, refusedDocument(reason, this.#origin, from, Date.now()));
  }

  get #origin(): Origin {
    return this.#parts.origin;
  }

  #tick(now: number): void {
    for (const detection of this.#detector.tick(now)) this.#handle(detection);
    for (const exception of this.#expiries.passed(now)) this.#events.expired?.(exception);
    this.#tellForgeries(now);
  }

  #tellForgeries(now: number, isEnd = false): void {
    const report = this.#forgeries.due(this.#watch.stats.capture["forged"] ?? 0, now, isEnd);
    if (report === undefined) return;
    this.report({ ...report, level: "warn" });
    this.#events.forged?.(report.message);
  }

  #observe(event: ExecEvent): readonly Detection[] {
    if (this.#execs === 0) this.#rehearse(event);
    this.#execs++;
    this.#events.executed?.(event);
    return this.#detector.evaluate(event);
  }

  /** A batch can hold thousands of execs, and the disk gets its turn only while something is awaited. */
  async #raise(detections: readonly Detection[]): Promise<void> {
    for (const detection of detections) {
      this.#handle(detection);
      if (this.#log.isCrowded) await this.#log.relieved(this.#waitUntil);
    }
  }

  /** Makes an alert of an exec, whichever it is, and drops it: so the first real one need not wait until all is compiled (6 ms). */
  #rehearse(event: ExecEvent): void {
    const [live] = this.rules.live;
    if (live === undefined) return;
    const candidate = liveView(this.host).candidate(event);
    const { eventId } = candidate;
    const finding = { rule: live.rule, eventId, incidentId: eventId, undecided: undefined };
    const document = alertDocument(candidate.document(), finding, this.#origin);
    this.#formatter.format(redactDocument(document, this.#redactor), ALERT_LEVEL[live.rule.severity]);
  }

  #handle(detected: Detection): void {
    const detection = this.#withoutSecrets(detected);
    if (detection.kind !== "summary") this.#matches++;
    if (detection.kind === "excepted") this.#excepted++;
    if (detection.kind === "alert") {
      const { document, rule } = detection;
      const entry = this.#entry(document, ALERT_LEVEL[rule.severity], rule.id, true);
      this.#announcer.appended(entry, detection, this.#log.append(entry));
    } else {
      if (detection.kind !== "capped" && detection.document !== undefined) {
        this.#writeHealth(textOf(detection.document, "event.action") ?? detection.kind, detection.document);
      }
      this.#events.detected?.(detection);
    }
  }

  /** What rules saw whole goes into log, sinks and terminal without its secrets, and not longer than can be held. */
  #withoutSecrets(detection: Detection): Detection {
    if (detection.kind === "capped" || detection.document === undefined) return detection;
    return { ...detection, document: withoutExcess(redactDocument(detection.document, this.#redactor)) };
  }

  #heartbeat(): NestedDocument {
    const { stats, sinks } = this;
    const { lane } = this.started;
    const pulse = {
      ...stats,
      alerts: stats.raised,
      lane,
      rules: this.rules.live.length,
      sinks,
      started: this.#started,
    };
    return heartbeatDocument(pulse, this.#origin, Date.now());
  }

  #lost(loss: Loss): void {
    this.#losses[loss.reason] = (this.#losses[loss.reason] ?? 0) + loss.count;
    this.#writeHealth("capture-loss", lossDocument(loss, this.#origin));
    this.#events.lost?.(loss);
  }

  #writeHealth(subject: string, document: NestedDocument, level: LogLevel = "warn"): void {
    this.#log.append(this.#entry(document, level, subject, false));
  }

  #entry(document: NestedDocument, level: LogLevel, subject: string, isAlert: boolean): LogEntry {
    return { line: Buffer.from(this.#formatter.format(document, level)), subject, isAlert };
  }
}

function redactorFor({ redaction: { patterns, usual } }: Config): Redactor {
  return redactorOf(patterns, usual);
}
