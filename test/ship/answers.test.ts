import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Answer } from "../../src/ship/client/answer.js";
import { bulkOutcome, foundIds } from "../../src/ship/outcome/bulk.js";
import { ROOT } from "../support/programs.js";

const SERVERS = ["elasticsearch-8", "elasticsearch-9", "opensearch-2", "opensearch-3"];

/** What is to follow from the answers to a bulk that real servers gave; of items one after the other. */
const OUTCOMES: Readonly<Record<string, string>> = {
  "bulk without template": "hold",
  "bulk with require_data_stream": "hold",
  created: "sent, sent",
  "there already": "sent, sent",
  "there already, before a rollover": "sent",
  "two of one id": "sent, sent",
  "a number that is none": "sent, dead, sent",
  "an object where a value was": "dead",
  "a document without @timestamp": "dead",
  "a document that is not JSON": "dead",
  "a value that is too long": "dead",
  "too many fields": "dead",
  "index in place of create": "hold",
  "a line that is not JSON": "split",
  "a body that is cut": "split",
  "another content type": "hold",
  "a pipeline that is missing": "hold",
  "a template whose pipeline is missing": "hold",
  "a template without data stream": "hold",
  "a write block": "hold, hold",
  "a read-only index": "hold, hold",
  "a disk that is too full": "hold, hold",
  "a read-only cluster": "hold",
  "a body beyond http.max_content_length": "split",
  "a body beyond indexing_pressure.memory.limit": "retry",
  "another password": "hold",
  "a user who may only read": "hold",
  "a token that is none": "hold",
  "a key that is none": "hold",
  "no credentials": "hold",
};

interface Recorded {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

describe("what becomes of real answers", () => {
  for (const server of SERVERS) {
    const path = join(ROOT, "test", "ship", "answers", `${server}.json`);
    const recorded = JSON.parse(readFileSync(path, "utf8")) as Record<string, Recorded>;
    const answerTo = (name: string): Answer | undefined => {
      const found = recorded[name];
      if (found === undefined) return undefined;
      const { status, headers, body } = found;
      return { status, headers, body: typeof body === "string" ? body : JSON.stringify(body) };
    };

    it(`of ${server} to a bulk`, () => {
      let judged = 0;
      for (const [name, expected] of Object.entries(OUTCOMES)) {
        const answer = answerTo(name);
        if (answer === undefined) continue;
        const { items = [{}, {}] } = JSON.parse(answer.body || "{}") as { items?: unknown[] };
        const outcome = bulkOutcome(answer, { count: items.length, isProven: true, now: 0 });
        const words = outcome.kind === "items" ? outcome.items.map(({ kind }) => kind).join(", ") : outcome.kind;
        assert.equal(words, expected, `${name}: ${answer.body.slice(0, 300)}`);
        judged++;
      }
      assert.ok(judged >= 20, `${judged} answers`);
    });

    it(`of ${server} to a search for ids`, () => {
      const answer = answerTo("search for ids");
      assert.ok(answer);
      assert.ok((foundIds(answer)?.size ?? 0) > 0);
      for (const name of ["a read-only cluster", "created"]) {
        const other = answerTo(name);
        assert.ok(other);
        assert.equal(foundIds(other), undefined);
      }
    });
  }
});
