import type { Account } from "../../detect/message.js";
import type { Severity } from "../../rules/rule.js";
import { fitted, paint, widthOf, type Style } from "../style.js";

/** One match, as the board shows it. */
export interface Sighting {
  readonly incidentId: string;
  readonly ruleName: string;
  readonly severity: Severity;
  readonly time: Date;
  /** undefined where only its number is news: the cap held it back. */
  readonly account: Account | undefined;
  readonly isUndecided: boolean;
}

/** What the board draws on. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly isColoured: boolean;
  /** The cursor can be moved: a line can be painted again. */
  readonly canRepaint: boolean;
  write(text: string): void;
}

/** Incidents that are remembered; one that comes again after it was forgotten gets a new line. */
const REMEMBERED = 256;
/** ms between two paintings: 160 matches in half a second are one line that counts, not 160 lines. */
const PAINT_EVERY = 100;

const SEVERITY_STYLE: Readonly<Record<Severity, Style>> = {
  low: "cyan",
  medium: "yellow",
  high: "red",
  critical: "alarm",
};

interface Incident {
  first: Sighting;
  readonly rules: Set<string>;
  count: number;
  /** Lines painted since its own, its own included; undefined before it is painted. */
  line: number | undefined;
}

/**
 * Shows one line per incident on a terminal, and counts in it: who, what, from where, below which parent, which rule, how
 * many. A line that is still on the screen is painted again; for one that has scrolled away a new line is begun.
 */
export class IncidentBoard {
  readonly #screen: Screen;
  readonly #incidents = new Map<string, Incident>();
  readonly #changed = new Set<Incident>();
  /** Lines painted so far. */
  #lines = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  show(sighting: Sighting): void {
    let incident = this.#incidents.get(sighting.incidentId);
    if (incident === undefined) {
      incident = { first: sighting, rules: new Set(), count: 0, line: undefined };
      this.#incidents.set(sighting.incidentId, incident);
      const [oldest] = this.#incidents.keys();
      if (this.#incidents.size > REMEMBERED && oldest !== undefined) this.#incidents.delete(oldest);
    }
    // What the cap held back may be told before the alert that says what it is about.
    if (incident.first.account === undefined) incident.first = sighting;
    incident.count++;
    incident.rules.add(sighting.ruleName);
    this.#changed.add(incident);
    this.#timer ??= setTimeout(() => this.paint(), PAINT_EVERY);
  }

  /** Puts a line of something else on the screen. */
  print(line: string): void {
    this.paint();
    this.#screen.write(line);
    // A long line takes several rows.
    const rows = line.split("\n").slice(0, -1);
    for (const row of rows) this.#lines += Math.max(1, Math.ceil(widthOf(row) / this.#screen.columns));
  }

  /** Paints what has changed. */
  paint(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const incident of this.#changed) this.#paintOne(incident);
    this.#changed.clear();
  }

  /** The size of the screen changed: lines may have been wrapped, so none of them is where it was. */
  resized(): void {
    for (const incident of this.#incidents.values()) incident.line = undefined;
  }

  #paintOne(incident: Incident): void {
    if (incident.first.account === undefined) return;
    const text = this.#lineOf(incident);
    const up = incident.line === undefined ? undefined : this.#lines - incident.line;
    if (up !== undefined && up < this.#screen.rows && this.#screen.canRepaint) {
      this.#screen.write(`\u001b[${up}A\r\u001b[2K${text}\r\u001b[${up}B`);
      return;
    }
    incident.line = this.#lines++;
    this.#screen.write(`${text}\n`);
  }

  #lineOf({ first, rules, count }: Incident): string {
    const { columns, isColoured } = this.#screen;
    const time = first.time.toTimeString().slice(0, 8);
    const severity = first.severity.toUpperCase().padEnd(8);
    const [rule = "", ...others] = rules;
    const ruleText = `${rule}${first.isUndecided ? " (undecided)" : ""}${others.length > 0 ? ` and ${others.length} more` : ""}`;
    const times = count > 1 ? ` ×${count}` : "";
    const text = first.account === undefined ? "" : accountText(first.account);
    // Who and what comes first: on a narrow screen the account keeps half of it, and the rule's name is cut.
    const fixed = widthOf(`${time} ${severity}   ${ruleText}${times}`);
    const what = fitted(text, Math.max(Math.floor(columns / 2), columns - 1 - fixed));
    const plain = fitted(`${what}  ${ruleText}`, Math.max(1, columns - 1 - widthOf(`${time} ${severity} ${times}`)));
    return [
      paint(time, "dim", isColoured),
      " ",
      paint(severity, SEVERITY_STYLE[first.severity], isColoured),
      " ",
      paint(plain.slice(0, what.length), "bold", isColoured),
      paint(plain.slice(what.length), "dim", isColoured),
      paint(times, "bold", isColoured),
    ].join("");
  }
}

/** Who, what, where, from where, below which parent; as short as a line wants it. */
function accountText({ user, login, from, command, container, parent }: Account): string {
  const who = `${user ?? "?"}${login === undefined ? "" : ` (${login})`}${from === undefined ? "" : ` from ${from}`}`;
  const where = container === undefined ? "" : ` in ${container}`;
  return `${who}: ${command}${where}${parent === undefined ? "" : ` ← ${parent}`}`;
}
