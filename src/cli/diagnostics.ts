import { pino } from "pino";

import type { Level } from "../config/schema.js";
import { paint } from "./style.js";

/** What the program says about its own work, as opposed to what it detects. */
export interface Diagnostics {
  debug(message: string, details?: object): void;
  info(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  error(message: string, details?: object): void;
}

/** JSON by pino, one object a line: for a journal or a file. */
export function jsonDiagnostics(level: Level, write: (text: string) => void): Diagnostics {
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  const at =
    (label: Level) =>
    (message: string, details: object = {}) =>
      logger[label](details, message);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

const LEVELS: readonly Level[] = ["debug", "info", "warn", "error"];

/** One short line each: for somebody who looks at a terminal. */
export function textDiagnostics(level: Level, isColoured: boolean, write: (text: string) => void): Diagnostics {
  const at = (label: Level): ((message: string) => void) => {
    if (LEVELS.indexOf(label) < LEVELS.indexOf(level)) return () => undefined;
    const word = label === "error" ? paint("error: ", "red", isColoured) : paint("warning: ", "yellow", isColoured);
    const prefix = label === "error" || label === "warn" ? word : "";
    return (message) => write(`wallwatch: ${prefix}${message}\n`);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
