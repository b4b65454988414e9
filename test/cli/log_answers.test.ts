import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { LogAnswers } from "../../src/cli/log_answers.js";
import { textOf } from "../../src/detect/document.js";

const PID = 4711;
const PATIENCE = 20_000;

describe("the answers to a reload in the log", () => {
  let folder: string;
  let path: string;
  let answers: LogAnswers;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "wallwatch-answers-"));
    path = join(folder, "alerts.ndjson");
    writeFileSync(path, line(PID, "before"));
    answers = await LogAnswers.follow(path, PID);
  });
  afterEach(async () => {
    await answers.close();
    rmSync(folder, { recursive: true });
  });

  /** As the agent of a process writes it. */
  const line = (pid: number, message: string): string =>
    `${JSON.stringify({ message, event: { action: "configuration-reloaded" }, wallwatch: { reload: { pid } } })}\n`;
  const message = async (): Promise<string | undefined> => textOf((await answers.next(PATIENCE)) ?? {}, "message");

  it("are those of the process, from now on", async () => {
    appendFileSync(path, line(1, "another") + line(PID, "übernommen"));
    assert.equal(await message(), "übernommen");
  });

  it("are none to what the process was told before", async () => {
    const text = (start: number, word: string): string => {
      const event = { action: "configuration-reloaded", start: new Date(start).toISOString() };
      return `${JSON.stringify({ message: word, event, wallwatch: { reload: { pid: PID } } })}\n`;
    };
    const now = Date.now();
    appendFileSync(path, text(now - 60_000, "begun before") + text(now, "begun since"));
    assert.equal(await message(), "begun since");
  });

  it("are not waited for where the process is gone, but those that it left are read", async () => {
    appendFileSync(path, line(PID, "last"));
    const next = async (): Promise<string | undefined> =>
      textOf((await answers.next(PATIENCE, () => false)) ?? {}, "message");
    assert.deepEqual([await next(), await next()], ["last", undefined]);
  });

  it("are found behind what is no JSON, and what only speaks of them", async () => {
    const alert = { message: "alert", process: { args: ["grep", "configuration-reloaded"] } };
    appendFileSync(path, `configuration-reloaded\n{"configuration-reloaded"\n${JSON.stringify(alert)}\n`);
    appendFileSync(path, line(PID, "now"));
    assert.equal(await message(), "now");
  });

  it("are taken when their line is whole", async () => {
    const text = line(PID, "in two pieces");
    appendFileSync(path, text.slice(0, 40));
    const next = message();
    await new Promise(setImmediate);
    appendFileSync(path, text.slice(40));
    assert.equal(await next, "in two pieces");
  });

  it("are followed into the next segment", async () => {
    renameSync(path, join(folder, "alerts-20260131T235959.999Z-0000.ndjson"));
    const next = message();
    await new Promise(setImmediate);
    writeFileSync(path, line(PID, "in the new one"));
    assert.equal(await next, "in the new one");
  });

  it("are missing where none comes", async () => {
    appendFileSync(path, line(1, "another"));
    assert.equal(await answers.next(1), undefined);
  });
});
