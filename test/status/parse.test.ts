import assert from "node:assert/strict";

import { statusText } from "../../src/cli/status_text.js";
import { parseSnapshot } from "../../src/status/parse.js";
import { SNAPSHOT } from "./snapshot.js";

const sent = (snapshot: object): object => JSON.parse(JSON.stringify(snapshot)) as object;

describe("an answer of the status socket", () => {
  it("is the snapshot, whole", () => {
    assert.deepEqual(parseSnapshot(sent(SNAPSHOT)), sent(SNAPSHOT));
    const bare = { ...SNAPSHOT, libbpf: null, canary: null, sinks: [] };
    assert.deepEqual(parseSnapshot(sent(bare)), sent(bare));
  });

  it("is none where something is missing that is read of it", () => {
    for (const key of Object.keys(SNAPSHOT)) {
      const parsed = parseSnapshot(sent({ ...SNAPSHOT, [key]: undefined }));
      // What may be missing must not be needed for the text.
      if (parsed !== undefined) assert.doesNotMatch(statusText(parsed, false), /undefined|NaN/, key);
    }
    assert.equal(parseSnapshot({}), undefined);
  });
});
