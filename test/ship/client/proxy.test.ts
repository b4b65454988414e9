import assert from "node:assert/strict";

import { ProxyError, proxyFor } from "../../../src/ship/client/proxy.js";

type Environment = Readonly<Record<string, string>>;

describe("the proxy of a sink", () => {
  const BY = { https_proxy: "http://proxy:3128" };
  const table: readonly (readonly [what: string, environment: Environment, target: string, host?: string])[] = [
    ["is that of the environment", BY, "https://siem", "proxy"],
    ["is that for its scheme", BY, "http://siem"],
    ["may stand there in capitals", { HTTPS_PROXY: "proxy:3128" }, "https://siem", "proxy"],
    ["goes by the small letters first", { ...BY, HTTPS_PROXY: "http://other" }, "https://siem", "proxy"],
    ["is not used for a name of no_proxy", { ...BY, no_proxy: "a, siem" }, "https://siem"],
    ["is not used for a name below one", { ...BY, no_proxy: ".example.org" }, "https://siem.example.org"],
    ["is used for another name that ends so", { ...BY, no_proxy: "example.org" }, "https://notexample.org", "proxy"],
    ["is used for another port", { ...BY, no_proxy: "siem:9200" }, "https://siem", "proxy"],
    ["is not used for an address of IPv6", { ...BY, no_proxy: "fd00::7" }, "https://[fd00::7]:9200"],
    ["is not used for a port of one", { ...BY, no_proxy: "[fd00::7]:9200" }, "https://[fd00::7]:9200"],
    ["is used for another port of one", { ...BY, no_proxy: "[fd00::7]:443" }, "https://[fd00::7]:9200", "proxy"],
    ["is not used for anything", { ...BY, NO_PROXY: "*" }, "https://siem"],
  ];
  for (const [what, environment, target, host] of table) {
    it(what, () => assert.equal(proxyFor(new URL(target), "environment", environment)?.host, host));
  }

  it("has the account that stands in the environment", () => {
    const { authorization = "" } =
      proxyFor(new URL("https://siem"), "environment", { https_proxy: "u:a%3Ab@proxy" }) ?? {};
    assert.equal(Buffer.from(authorization.replace("Basic ", ""), "base64").toString(), "u:a:b");
  });

  for (const value of ["https://proxy", "http://u:50%@proxy", "::"]) {
    it(`is refused as ${value}, without its value`, () => {
      assert.throws(
        () => proxyFor(new URL("https://siem"), "environment", { https_proxy: value }),
        (error) => error instanceof ProxyError && !error.message.includes("50%"),
      );
    });
  }
});
