import type { Agent, AgentEvents } from "../../agent/agent.js";
import type { Config } from "../../config/schema.js";
import type { Detection } from "../../detect/detector.js";
import { textOf } from "../../detect/document.js";
import { expirySentence } from "../../detect/exceptions.js";
import { accountOf } from "../../detect/message.js";
import { discardedSentence, forcedOutSentence, lossSentence } from "../../health/losses.js";
import { reloadedSentence, type Reloaded } from "../../health/reload.js";
import type { Waiting } from "../../log/writer.js";
import { problemText } from "../../rules/problem.js";
import { wantsColour } from "../style.js";
import { jsonDiagnostics, textDiagnostics, type Diagnostics } from "./diagnostics.js";
import { IncidentBoard } from "./incident_board.js";
import { isJournal, priorityPrefix } from "./journal.js";
import { readerSentence, rotationSentence } from "./log_sentences.js";
import { Output } from "./output.js";

/**
 * Tells whoever started `run` what goes on: incidents on a terminal (a pipe or a journal gets none, there the log is
 * read), and wallwatch's own state as short text on a terminal, as JSON elsewhere.
 */
export class Reporter {
  readonly events: AgentEvents;
  readonly #logPath: string;
  readonly #diagnostics: Diagnostics;
  readonly #board: IncidentBoard | undefined;
  readonly #outputs: readonly Output[];

  constructor(config: Config) {
    this.#logPath = config.log.path;
    const { level } = config.diagnostics;
    const error = new Output(2, (lost) => `wallwatch: ${lost} messages were not shown: nobody read them\n`);
    const { stdout, stderr } = process;
    const prefix = isJournal(2, process.env["JOURNAL_STREAM"]) ? priorityPrefix : undefined;
    if (stdout.isTTY) {
      const out = new Output(1, (lost) => `… ${lost} lines were not shown: the terminal took none\n`);
      this.#outputs = [out, error];
      const board = new IncidentBoard({
        // A terminal that was told no size, as over a serial line, says 0.
        get columns() {
          return stdout.columns || 80;
        },
        get rows() {
          return stdout.rows || 24;
        },
        isColoured: wantsColour(stdout),
        canRepaint: process.env["TERM"] !== "dumb",
        write: (text) => out.write(text),
      });
      stdout.on("resize", () => board.resized());
      this.#board = board;
      // Both share the screen, so the board has to know of these lines.
      this.#diagnostics = stderr.isTTY
        ? textDiagnostics(level, wantsColour(stderr), (text) => board.print(text))
        : jsonDiagnostics(level, (text) => error.write(text), prefix);
    } else {
      this.#outputs = [error];
      this.#diagnostics = stderr.isTTY
        ? textDiagnostics(level, wantsColour(stderr), (text) => error.write(text))
        : jsonDiagnostics(level, (text) => error.write(text), prefix);
    }
    this.events = this.#agentEvents();
  }

  /** For what others have to say of wallwatch's own work. */
  get diagnostics(): Diagnostics {
    return this.#diagnostics;
  }

  /** Says that capture has begun, and what about it is not as it could be. */
  watching({ host, rules, started, warnings }: Agent): void {
    const { facts } = host;
    const { lane, whyNotKernel, libbpf, realtimePriority } = started;
    for (const problem of rules.problems) this.#diagnostics.warn(`a rule is not loaded: ${problemText(problem)}`);
    for (const warning of warnings) this.#diagnostics.warn(warning);
    if (whyNotKernel !== undefined) {
      this.#diagnostics.warn(
        `the kernel lane cannot be had (${whyNotKernel.message}), so execs are read from /proc and short ones may be missed; "wallwatch check" says what to do`,
        whyNotKernel,
      );
    }
    const live = rules.live.length;
    const details = { host: facts.name, lane, rules: live, log: this.#logPath, libbpf, realtimePriority };
    this.#diagnostics.info(
      `watching ${facts.name} with ${live} ${live === 1 ? "rule" : "rules"}, ${lane} lane; alerts go to ${this.#logPath}`,
      details,
    );
  }

  /** The configuration was read again, and is in force. */
  reloaded(reloaded: Reloaded): void {
    const { problems, warnings, restart } = reloaded;
    for (const problem of problems) this.#diagnostics.warn(`a rule is not loaded: ${problemText(problem)}`);
    for (const warning of warnings) this.#diagnostics.warn(warning);
    if (restart.length > 0) {
      const verb = restart.length === 1 ? "takes" : "take";
      this.#diagnostics.warn(`${restart.join(", ")} ${verb} effect only when wallwatch is started again`, { restart });
    }
    this.#diagnostics.info(reloadedSentence(reloaded), { rules: reloaded.live, exceptions: reloaded.exceptions });
  }

  /** It is not taken over. */
  refused(reason: string): void {
    this.#diagnostics.error(`the configuration is not taken over, and the one before stays in force. ${reason}`);
  }

  stopped({ stats }: Agent, left: Waiting): void {
    const { execs, matches, excepted, raised } = stats;
    if (left.lines > 0) {
      this.#diagnostics.error(`${left.lines} lines are lost: ${this.#logPath} could not be written to the end`, left);
    }
    this.#diagnostics.info(
      `stopped after ${execs} execs, ${matches} matches${excepted > 0 ? ` (${excepted} excepted)` : ""}, ${raised} alerts`,
      {
        execs,
        matches,
        excepted,
        raised,
      },
    );
  }

  /** @param patience ms that a terminal or journal which does not read is given */
  async close(patience: number): Promise<void> {
    this.#board?.paint();
    this.#diagnostics.flush();
    await Promise.all(this.#outputs.map((output) => output.flush(patience)));
  }

  #agentEvents(): AgentEvents {
    const log = this.#logPath;
    return {
      detected: (detection) => this.#show(detection),
      lost: (loss) => this.#diagnostics.warn(lossSentence(loss), { loss }),
      forged: (sentence) => this.#diagnostics.warn(sentence),
      expired: (exception) => this.#diagnostics.warn(expirySentence(exception)),
      outage: (error, { lines, bytes, refused }) => {
        const reason = error instanceof Error ? error.message : String(error);
        const full = refused > 0 ? `, ${refused} more had no room` : "";
        this.#diagnostics.error(
          `the alert log ${log} cannot be written (${reason}); ${lines} lines wait in memory${full}`,
          {
            waiting: { lines, bytes, refused },
          },
        );
      },
      recovered: () => this.#diagnostics.info(`the alert log ${log} is written again, and nothing waits`),
      forcedOut: (forcedOut) => this.#diagnostics.error(forcedOutSentence(forcedOut), { forcedOut }),
      sinkHolds: (name, reason) =>
        this.#diagnostics.error(`sink ${name} takes nothing for now, and its queue waits: ${reason}`, { sink: name }),
      sinkGoesOn: (name, since) => {
        const seconds = Math.ceil((Date.now() - since) / 1000);
        this.#diagnostics.info(`sink ${name} goes on, after ${seconds} s`, { sink: name });
      },
      deadLetters: (name, letters, dropped) => {
        const count = `${letters.length} ${letters.length === 1 ? "document" : "documents"}`;
        const room = dropped > 0 ? `; ${dropped} of them are gone, for dead-letters.ndjson is full` : "";
        const text = `sink ${name} refused ${count} for good (${letters[0]?.reason ?? ""})${room}; "wallwatch resend" sends them again`;
        if (dropped > 0) this.#diagnostics.error(text, { sink: name });
        else this.#diagnostics.warn(text, { sink: name });
      },
      discarded: (discarded) => this.#diagnostics.error(discardedSentence(discarded), { discarded }),
      rotationRefused: (error) => this.#diagnostics.warn(rotationSentence(error)),
      reader: (name, trouble) => this.#diagnostics.warn(readerSentence(name, trouble)),
      replaced: () => this.#diagnostics.warn(`the alert log ${log} was moved away or deleted; a new one is begun`),
      torn: ({ bytes, movedTo }) => {
        const fate = movedTo === undefined ? "it was whole but for its line end" : `it was moved to ${movedTo}`;
        this.#diagnostics.warn(`the alert log ${log} ended in a line cut short (${bytes} bytes): ${fate}`);
      },
    };
  }

  #show(detection: Detection): void {
    if (this.#board === undefined || detection.kind === "summary" || detection.kind === "excepted") return;
    const { rule, incidentId } = detection;
    const document = detection.kind === "alert" ? detection.document : undefined;
    this.#board.show({
      incidentId,
      ruleName: rule.name,
      severity: rule.severity,
      time: new Date(document === undefined ? Date.now() : (textOf(document, "@timestamp") ?? Date.now())),
      account: document && accountOf(document),
      isUndecided: document !== undefined && textOf(document, "event.outcome") === "unknown",
    });
  }
}
