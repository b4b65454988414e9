import assert from "node:assert/strict";

import type { Answer } from "../../../src/ship/client/answer.js";
import { bulkOutcome, foundIds } from "../../../src/ship/outcome/bulk.js";
import { hecOutcome, httpOutcome } from "../../../src/ship/outcome/http.js";
import type { Outcome } from "../../../src/ship/outcome/outcome.js";
import { LONGEST_WAIT, retryAfter } from "../../../src/ship/outcome/retry_after.js";

function answer(status: number, body: unknown = "", headers: Answer["headers"] = {}): Answer {
  return { status, headers, body: typeof body === "string" ? body : JSON.stringify(body) };
}

function refusal(status: number, type: string, reason = "why"): Answer {
  return answer(status, { error: { root_cause: [], type, reason }, status });
}

function item(status: number, type?: string, reason = "why"): unknown {
  return { create: { status, ...(type === undefined ? {} : { error: { type, reason } }) } };
}

/** `retry?` where it may have arrived. */
function word(outcome: { readonly kind: string } | Outcome): string {
  return "mayHaveArrived" in outcome && outcome.mayHaveArrived ? "retry?" : outcome.kind;
}

const ONE = { count: 1, isProven: true, now: 0 };
const MANY = { ...ONE, count: 10 };
const UNPROVEN = { ...ONE, isProven: false };

describe("what becomes of a request", () => {
  const table: [status: number, many: string, one: string, unproven: string][] = [
    [200, "sent", "sent", "sent"],
    [202, "sent", "sent", "sent"],
    [204, "sent", "sent", "sent"],
    [301, "hold", "hold", "hold"],
    [307, "hold", "hold", "hold"],
    [400, "split", "dead", "hold"],
    [401, "hold", "hold", "hold"],
    [403, "hold", "hold", "hold"],
    [404, "hold", "hold", "hold"],
    [405, "hold", "hold", "hold"],
    [407, "hold", "hold", "hold"],
    [408, "retry", "retry", "retry"],
    [410, "hold", "hold", "hold"],
    [413, "split", "dead", "dead"],
    [415, "hold", "hold", "hold"],
    [422, "split", "dead", "dead"],
    [429, "retry", "retry", "retry"],
    [500, "retry?", "retry?", "retry?"],
    [501, "hold", "hold", "hold"],
    [502, "retry?", "retry?", "retry?"],
    [503, "retry?", "retry?", "retry?"],
    [504, "retry?", "retry?", "retry?"],
  ];
  for (const [status, many, one, unproven] of table) {
    it(`HTTP ${status}: ${many}, a single one: ${one}`, () => {
      assert.equal(word(httpOutcome(answer(status), MANY)), many);
      assert.equal(word(httpOutcome(answer(status), ONE)), one);
      assert.equal(word(httpOutcome(answer(status), UNPROVEN)), unproven);
    });
  }

  it("waits as long as the server asks, within reason", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    const afterOf = (header: string): unknown => {
      const outcome = httpOutcome(answer(503, "", { "retry-after": header }), { ...ONE, now });
      return "after" in outcome && outcome.after;
    };
    assert.equal(afterOf("7"), 7000);
    assert.equal(afterOf("Thu, 01 Jan 2026 00:00:30 GMT"), 30_000);
    assert.equal(afterOf("Wed, 31 Dec 2025 00:00:30 GMT"), 0);
    assert.equal(afterOf("999999999"), LONGEST_WAIT);
    assert.equal(afterOf("soon"), undefined);
    assert.equal(retryAfter(undefined, now), undefined);
  });

  it("repeats a server's words in one line, cut, without secrets and without pages of HTML", () => {
    const told = httpOutcome(answer(403, `no\n\u001b[2J for "password": "hunter2" ${"x".repeat(5000)}`), ONE);
    assert.ok("reason" in told);
    assert.match(told.reason, /^HTTP 403, no \\e\[2J for /);
    assert.doesNotMatch(told.reason, /hunter2/);
    assert.ok(told.reason.length < 400);
    const page = httpOutcome(answer(502, "<html><h1>Bad Gateway</h1>", { "content-type": "text/html" }), ONE);
    assert.ok("reason" in page);
    assert.equal(page.reason, "HTTP 502");
  });
});

describe("what becomes of a _bulk", () => {
  const requests: [name: string, answer: Answer, outcome: string][] = [
    ["a rejected execution", refusal(429, "es_rejected_execution_exception"), "retry"],
    ["a circuit breaker", refusal(429, "circuit_breaking_exception"), "retry"],
    ["no master", refusal(503, "master_not_discovered_exception"), "retry?"],
    ["a key that is not known", refusal(401, "security_exception"), "hold"],
    ["a key that may not write", refusal(403, "security_exception"), "hold"],
    ["a block on the cluster", refusal(403, "cluster_block_exception"), "hold"],
    ["too much for http.max_content_length", answer(413), "split"],
    [
      "a malformed line among others",
      refusal(400, "illegal_argument_exception", "Malformed action/metadata line [3]"),
      "split",
    ],
    [
      "an Elasticsearch that does not know require_data_stream",
      refusal(
        400,
        "illegal_argument_exception",
        "request [/_bulk] contains unrecognized parameter: [require_data_stream]",
      ),
      "hold",
    ],
    [
      "plain HTTP to a port of TLS behind nginx",
      answer(400, "<html>The plain HTTP request was sent to HTTPS port"),
      "hold",
    ],
    ["another server", answer(200, "hello"), "retry?"],
    ["an answer that is cut", answer(200, '{"items":[{"create":{"sta'), "retry?"],
    ["items missing", answer(200, { items: [item(201)] }), "retry?"],
    ["a 204", answer(204), "hold"],
  ];
  for (const [name, given, outcome] of requests) {
    it(`${name}: ${outcome}`, () => assert.equal(word(bulkOutcome(given, { ...MANY, count: 2 })), outcome));
  }

  const items: [name: string, item: unknown, outcome: string][] = [
    ["created", item(201), "sent"],
    ["there already", item(409, "version_conflict_engine_exception"), "sent"],
    ["a mapping conflict (8 and 9)", item(400, "document_parsing_exception"), "dead"],
    ["a mapping conflict (OpenSearch)", item(400, "mapper_parsing_exception"), "dead"],
    ["a strict mapping", item(400, "strict_dynamic_mapping_exception"), "dead"],
    [
      "too many fields",
      item(400, "illegal_argument_exception", "Limit of total fields [1000] has been exceeded"),
      "dead",
    ],
    ["no template", item(404, "index_not_found_exception"), "hold"],
    ["no permission for this index", item(403, "security_exception"), "hold"],
    [
      "a write block",
      item(403, "cluster_block_exception", "index [x] blocked by: [FORBIDDEN/8/index write (api)]"),
      "hold",
    ],
    [
      "a disk above its flood stage",
      item(429, "cluster_block_exception", "index [x] blocked by: [TOO_MANY_REQUESTS/12/]"),
      "hold",
    ],
    ["a full queue", item(429, "es_rejected_execution_exception"), "retry"],
    ["a primary that is away", item(503, "unavailable_shards_exception"), "retry?"],
    ["a fault of the server", item(500, "exception"), "retry?"],
    ["a closed index", item(400, "index_closed_exception"), "hold"],
    ["a pipeline that is gone", item(400, "illegal_argument_exception", "pipeline with id [x] does not exist"), "hold"],
    ["too many shards", item(400, "validation_exception"), "hold"],
    [
      "words of a document that sound like it",
      item(400, "document_parsing_exception", "failed to parse: 'pipeline with id [x]'"),
      "dead",
    ],
    ["no status", { create: {} }, "retry?"],
    ["no item", 7, "retry?"],
  ];
  for (const [name, given, outcome] of items) {
    it(`an item, ${name}: ${outcome}`, () => {
      const result = bulkOutcome(answer(200, { items: [item(201), given] }), { ...MANY, count: 2 });
      assert.ok(result.kind === "items");
      assert.deepEqual(result.items.map(word), ["sent", outcome]);
    });
  }

  it("a search for ids counts only where it is whole", () => {
    const body = { timed_out: false, _shards: { failed: 0 }, hits: { hits: [{ _id: "a" }, { _id: "b" }] } };
    assert.deepEqual(foundIds(answer(200, body)), new Set(["a", "b"]));
    assert.equal(foundIds(answer(200, { ...body, timed_out: true })), undefined);
    assert.equal(foundIds(answer(200, { ...body, _shards: { failed: 1 } })), undefined);
    assert.deepEqual(foundIds(answer(200, { ...body, hits: { total: { value: 0 } } })), new Set());
    assert.equal(foundIds(answer(200, { ...body, hits: { total: { value: 1 } } })), undefined);
    assert.equal(foundIds(answer(200, {})), undefined);
    assert.equal(foundIds(answer(200, "no JSON")), undefined);
    assert.equal(foundIds(answer(404, body)), undefined);
  });
});

describe("what becomes of events for Splunk's HTTP Event Collector", () => {
  const table: [status: number, code: number | undefined, many: string, one: string][] = [
    [200, 0, "sent", "sent"],
    [403, 1, "hold", "hold"],
    [401, 2, "hold", "hold"],
    [401, 3, "hold", "hold"],
    [403, 4, "hold", "hold"],
    [400, 5, "split", "dead"],
    [400, 6, "split", "dead"],
    [400, 7, "hold", "hold"],
    [500, 8, "retry?", "retry?"],
    [503, 9, "retry?", "retry?"],
    [400, 10, "hold", "hold"],
    [400, 11, "hold", "hold"],
    [400, 12, "split", "dead"],
    [400, 13, "split", "dead"],
    [400, 14, "hold", "hold"],
    [400, 15, "split", "dead"],
    [429, 26, "retry", "retry"],
    [200, undefined, "hold", "hold"],
    [404, undefined, "hold", "hold"],
    [502, undefined, "retry?", "retry?"],
  ];
  for (const [status, code, many, one] of table) {
    it(`HTTP ${status}, code ${code ?? "none"}: ${many}, a single one: ${one}`, () => {
      const given = code === undefined ? answer(status) : answer(status, { text: "as it says", code });
      assert.equal(word(hecOutcome(given, MANY)), many);
      assert.equal(word(hecOutcome(given, ONE)), one);
    });
  }
});
