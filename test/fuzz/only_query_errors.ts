import assert from "node:assert/strict";

import type { JsonDocument } from "../../src/rules/document.js";
import { QueryError } from "../../src/rules/error.js";
import type { Query } from "../../src/rules/query.js";

/** Compiles and runs; only a QueryError, with a place in the text, may be thrown. */
export function onlyQueryErrors(compile: (text: string) => Query<JsonDocument>) {
  return (text: string, event: JsonDocument): void => {
    try {
      const query = compile(text);
      assert.equal(typeof query.matches(event), "boolean");
      for (const field of query.fields) query.requiredValues(field);
    } catch (error) {
      assert.ok(error instanceof QueryError, `${text}: ${String(error)}`);
      assert.ok(error.offset >= 0 && error.offset <= text.length);
    }
  };
}
