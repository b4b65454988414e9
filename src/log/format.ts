import { pino } from "pino";

import type { Severity } from "../rules/rule.js";

/** What the log's `log.level` may say; ECS leaves the words to the source. */
export type LogLevel = "info" | "warn" | "error" | "fatal";

/** The level of an alert by its rule's severity. Health documents are warnings. */
export const ALERT_LEVEL: Readonly<Record<Severity, LogLevel>> = {
  low: "info",
  medium: "warn",
  high: "error",
  critical: "fatal",
};

/** Makes the lines of the alert log. */
export interface LineFormatter {
  /** The document as one line of JSON, `log.level` first, newline included. */
  format(document: object, level: LogLevel): string;
}

/** A formatter by pino. It keeps nothing but the line being made, so one serves all documents. */
export function createFormatter(): LineFormatter {
  let line = "";
  const logger = pino(
    {
      base: null,
      timestamp: false,
      // Documents are data and never Error objects: nothing in them is to be rewritten.
      serializers: {},
      formatters: { level: (label) => ({ "log.level": label }) },
    },
    { write: (text: string) => (line = text) },
  );
  return {
    format(document, level) {
      logger[level](document);
      const made = line;
      line = ""; // it may be megabytes
      return made;
    },
  };
}
