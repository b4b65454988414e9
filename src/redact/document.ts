import { isJsonObject, type JsonObject } from "../json.js";
import { USUAL_SECRETS, type Redactor } from "./redactor.js";

/** Where the document says which of its fields were masked. */
const MARK = "redacted";

/** What becomes of the text in a field, by the last part of the field's name. */
const TEXT_FIELDS: ReadonlySet<string> = new Set(["command_line", "message"]);

/**
 * An event's document without the secrets in arguments, command lines, environment variables and its message, wherever in
 * it a process stands. What was masked is named in `wallwatch.redacted`; where nothing was, the field is missing.
 *
 * @param document nested; it stays as it is
 * @param redactor what is a secret
 */
export function redactDocument(document: JsonObject, redactor: Redactor = USUAL_SECRETS): JsonObject {
  const masked = new Set<string>();
  const lines = new Map<string, string>();
  collectCommandLines(document, lines, redactor);
  const redacted = redactObject(document, "", { masked, lines, redactor });
  if (masked.size === 0) return document;
  const { wallwatch } = redacted;
  return { ...redacted, wallwatch: { ...(isJsonObject(wallwatch) ? wallwatch : {}), [MARK]: [...masked] } };
}

/** Whether something in the document was masked. */
export function isRedacted({ wallwatch }: JsonObject): boolean {
  return isJsonObject(wallwatch) && MARK in wallwatch;
}

interface Work {
  /** Names of the fields that were masked. */
  readonly masked: Set<string>;
  /**
   * Command lines of the document whose arguments are known, and what becomes of them. An ancestor has its command line
   * only, and in that one cannot see where an argument with spaces ends.
   */
  readonly lines: ReadonlyMap<string, string>;
  readonly redactor: Redactor;
}

function collectCommandLines(object: JsonObject, lines: Map<string, string>, redactor: Redactor): void {
  const { args } = object;
  if (isTexts(args)) lines.set(args.join(" "), redactor.args(args).join(" "));
  for (const value of Object.values(object)) if (isJsonObject(value)) collectCommandLines(value, lines, redactor);
}

function redactObject(object: JsonObject, prefix: string, work: Work): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, redactValue(key, value, `${prefix}${key}`, work)]),
  );
}

function redactValue(key: string, value: unknown, field: string, work: Work): unknown {
  if (isJsonObject(value)) return redactObject(value, `${field}.`, work);
  if (typeof value === "string" && TEXT_FIELDS.has(key)) {
    const redacted = work.lines.get(value) ?? work.redactor.text(withKnownLines(value, work.lines));
    if (redacted !== value) work.masked.add(field);
    return redacted;
  }
  if (!Array.isArray(value)) return value;
  if (isTexts(value) && (key === "args" || key === "env_vars")) {
    const redacted =
      key === "args" ? work.redactor.args(value) : value.map((text: string) => work.redactor.variable(text));
    if (redacted.some((text, index) => text !== value[index])) work.masked.add(field);
    return redacted;
  }
  return value.map((item: unknown) => (isJsonObject(item) ? redactObject(item, `${field}.`, work) : item));
}

function withKnownLines(text: string, lines: ReadonlyMap<string, string>): string {
  let known = text;
  for (const [line, redacted] of lines) if (line !== redacted) known = known.replaceAll(line, () => redacted);
  return known;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
