import { existsSync, readFileSync } from "node:fs";
import type { Context } from "mocha";

/** What Elasticsearch answers, kept beside the repository; the tests that need it are skipped where it is missing. */
export const CONFORMANCE = new URL("../../../../shared/conformance/", import.meta.url);

/** Skips the running test or suite, with the reason, unless the conformance data is there. */
export function needConformanceData(context: Context): void {
  if (existsSync(CONFORMANCE)) return;
  context.test?.parent?.tests.forEach((test) => (test.title += " (skipped: no ../shared/conformance)"));
  context.skip();
}

/** A file of the conformance data as JSON; the caller says which shape it has. */
export function conformanceJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, CONFORMANCE), "utf8")) as unknown;
}

/** The lines of an NDJSON file of the conformance data. */
export function conformanceLines(path: string): unknown[] {
  const text = readFileSync(new URL(path, CONFORMANCE), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}
