import * as v from "valibot";

import { exceptionsSchema } from "./exceptions.js";
import { logSection } from "./log.js";
import { serviceSections } from "./service.js";
import { redaction } from "./redaction.js";
import { sinks } from "./sinks.js";
import { absolutePath, duration, labelName, labelValue, text, variableName } from "./values.js";

/** The variables that make the dynamic linker load something else: what rules about injected libraries ask for. */
const DEFAULT_ENVIRONMENT = ["LD_AUDIT", "LD_LIBRARY_PATH", "LD_PRELOAD"];

/** The filter's table of names has room for so many (ENV_NAMES_MAX of native/exec_record.h). */
const MAX_VARIABLES = 64;

export const LANES = ["auto", "kernel", "proc"] as const;
export const LEVELS = ["debug", "info", "warn", "error"] as const;

/** Every key of wallwatch.toml with its default. docs/configuration.md and systemd/wallwatch.toml describe the same. */
export const configSchema = v.strictObject({
  /** Keywords that every document gets as `tags`. */
  tags: v.optional(v.array(text), []),
  /** Gets into every document as `labels`. */
  labels: v.optional(v.record(labelName, labelValue), {}),
  capture: v.optional(
    v.strictObject({
      /** "kernel" and "proc" insist on one lane; "auto" takes the kernel lane where the host gives it. */
      lane: v.optional(v.picklist(LANES), "auto"),
      /** The environment variables that are captured; never any other. */
      environment: v.optional(
        v.pipe(v.array(variableName), v.maxLength(MAX_VARIABLES, `must not have more than ${MAX_VARIABLES} names`)),
        DEFAULT_ENVIRONMENT,
      ),
      /** ms between two canary execs. */
      canary_interval: v.optional(duration("5s", "1h"), "60s"),
    }),
    {},
  ),
  rules: v.optional(
    v.strictObject({
      /** Whether the rules that come with wallwatch are loaded. */
      shipped: v.optional(v.boolean(), true),
      /** Files and folders of rules; a later one overrides an earlier one's rule of the same id. */
      paths: v.optional(v.array(absolutePath), ["/etc/wallwatch/rules.d"]),
    }),
    {},
  ),
  cap: v.optional(
    v.strictObject({
      /** Alerts per rule and window, in place of each rule's own max_signals. */
      alerts: v.optional(
        v.pipe(
          v.number(),
          v.integer("must be a whole number"),
          v.minValue(1, "must be at least 1"),
          v.maxValue(1_000_000, "must be at most 1000000"),
        ),
      ),
      /** ms. */
      window: v.optional(duration("10s", "1h"), "5m"),
    }),
    {},
  ),
  /** Matches of which no alert is made. */
  exceptions: exceptionsSchema,
  log: logSection,
  /** What is masked in documents. */
  redaction: v.optional(redaction, {}),
  /** Where alerts are sent. */
  sinks: v.optional(sinks, {}),
  diagnostics: v.optional(v.strictObject({ level: v.optional(v.picklist(LEVELS), "info") }), {}),
  ...serviceSections,
});

export type Config = v.InferOutput<typeof configSchema>;
export type Lane = Config["capture"]["lane"];
export type Level = Config["diagnostics"]["level"];
