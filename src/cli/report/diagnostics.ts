import { pino } from "pino";

import { LEVELS, type Level } from "../../config/schema.js";
import { paint } from "../style.js";
import { RateLimit } from "./rate_limit.js";

/** What the program says about its own work, as opposed to what it detects. */
export interface Diagnostics {
  /** What is below it is not told. */
  level: Level;
  debug(message: string, details?: object): void;
  info(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  error(message: string, details?: object): void;
  /** Says how many messages were held back because there were too many. */
  flush(): void;
}

/**
 * JSON by pino, one object a line: for a journal or a file.
 *
 * @param prefix what a line begins with
 */
export function jsonDiagnostics(
  level: Level,
  write: (text: string) => void,
  prefix: (level: Level) => string = () => "",
): Diagnostics {
  let line = "";
  const logger = pino(
    {
      level: "debug",
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (text: string) => (line = text) },
  );
  return new LimitedDiagnostics(level, (at, message, details) => {
    logger[at](details, message);
    write(`${prefix(at)}${line}`);
  });
}

/** One short line each: for somebody who looks at a terminal. */
export function textDiagnostics(level: Level, isColoured: boolean, write: (text: string) => void): Diagnostics {
  const prefixes: Readonly<Record<Level, string>> = {
    debug: "",
    info: "",
    warn: paint("warning: ", "yellow", isColoured),
    error: paint("error: ", "red", isColoured),
  };
  return new LimitedDiagnostics(level, (at, message) => write(`wallwatch: ${prefixes[at]}${message}\n`));
}

class LimitedDiagnostics implements Diagnostics {
  level: Level;
  readonly #tell: (level: Level, message: string, details: object) => void;
  readonly #limit: RateLimit<Level>;

  constructor(level: Level, tell: (level: Level, message: string, details: object) => void) {
    this.level = level;
    this.#tell = tell;
    this.#limit = new RateLimit((at, held) =>
      tell(at, `${held} more messages of level ${at} were held back: there were too many`, { held }),
    );
  }

  debug(message: string, details: object = {}): void {
    this.#at("debug", message, details);
  }

  info(message: string, details: object = {}): void {
    this.#at("info", message, details);
  }

  warn(message: string, details: object = {}): void {
    this.#at("warn", message, details);
  }

  error(message: string, details: object = {}): void {
    this.#at("error", message, details);
  }

  flush(): void {
    this.#limit.flush();
  }

  #at(level: Level, message: string, details: object): void {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.level)) return;
    if (this.#limit.admits(level)) this.#tell(level, message, details);
  }
}
