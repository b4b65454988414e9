import assert from "node:assert/strict";

import { serviceNetworkChecks } from "../../../src/cli/checks/service_network.js";
import { parseConfig } from "../../../src/config/load.js";

const WITH_SINK = '[sinks.hook]\ntype = "http"\nurl = "http://192.0.2.1/"\n';
const UNIT = { LoadState: "loaded", IPAddressAllow: "", IPAddressDeny: "" };
const DENIED = { ...UNIT, IPAddressDeny: "::/0 0.0.0.0/0" };

/** "STATUS DETAIL" of each result. */
async function results(toml: string, unit: Record<string, string> | undefined): Promise<string[]> {
  const found = await serviceNetworkChecks(parseConfig(toml, "test.toml"), () => Promise.resolve(unit));
  return found.map(({ status, detail }) => `${status} ${detail}`);
}

describe("the check of the service's network", () => {
  it("warns where the unit lets it reach nothing", async () => {
    assert.deepEqual(await results(WITH_SINK, DENIED), [
      "warning wallwatch.service may reach no address: as a service it sends nothing to the sinks",
    ]);
  });

  it("says what a drop-in allows", async () => {
    assert.deepEqual(await results(WITH_SINK, { ...DENIED, IPAddressAllow: "192.0.2.0/24" }), [
      "ok wallwatch.service may reach 192.0.2.0/24",
    ]);
    assert.deepEqual(await results(WITH_SINK, UNIT), ["ok wallwatch.service may reach the network"]);
  });

  it("has nothing to say without sinks, without the unit and without systemd", async () => {
    assert.deepEqual(await results("", DENIED), []);
    assert.deepEqual(await results(WITH_SINK, { ...UNIT, LoadState: "not-found" }), []);
    assert.deepEqual(await results(WITH_SINK, undefined), []);
  });
});
