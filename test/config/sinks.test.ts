import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ConfigError } from "../../src/config/error.js";
import { parseConfig } from "../../src/config/load.js";
import { ROOT } from "../support/programs.js";

const ELASTIC = '[sinks.siem]\ntype = "elasticsearch"\nhosts = ["https://es:9200"]\n';
const HTTP = '[sinks.hook]\ntype = "http"\nurl = "https://hook/in"\n';

function problems(toml: string): string[] {
  try {
    parseConfig(toml, "w.toml");
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split("\n");
  }
  return [];
}

describe("the configuration of sinks", () => {
  it("needs a type and an address, and has a default for the rest", () => {
    assert.deepEqual(parseConfig(ELASTIC + HTTP, "w.toml").sinks["siem"], {
      type: "elasticsearch",
      hosts: ["https://es:9200"],
      proxy: "environment",
      timeout: 60_000,
      compression: true,
      batch_lines: 500,
      batch_bytes: 2 ** 18,
      health: true,
      heartbeat: 60_000,
    });
    assert.deepEqual(problems('[sinks.a]\ntype = "http"\n'), [
      'w.toml:2:1: sinks.a.type is "http", and there is no url',
    ]);
    assert.deepEqual(problems('[sinks.a]\ntype = "opensearch"\n'), [
      'w.toml:2:1: sinks.a.type is "opensearch", and there are no hosts',
    ]);
    assert.match(problems("[sinks.a]\n")[0] ?? "", /sinks\.a/);
  });

  it("takes no credentials in a URL", () => {
    const [problem = ""] = problems('[sinks.a]\ntype = "http"\nurl = "https://me:hunter2@hook/"\n');
    assert.equal(
      problem,
      "w.toml:3:1: sinks.a.url must not hold a user or a password: they belong into username and password_file",
    );
    assert.match(problems(`${ELASTIC}proxy = "http://me:hunter2@proxy"\n`)[0] ?? "", /sinks\.siem\.proxy must be/);
    assert.deepEqual(problems(`${HTTP}headers = { Authorization = "x" }\n`), [
      "w.toml:4:1: sinks.hook.headers must not hold Authorization: there are keys for that",
    ]);
  });

  it("takes only URLs of http and https", () => {
    for (const url of ["es:9200", "ftp://es", "/es", "https://"]) {
      assert.match(
        problems(`[sinks.a]\ntype = "opensearch"\nhosts = ["${url}"]\n`)[0] ?? "",
        /sinks\.a\.hosts\[0\] must be a URL/,
      );
    }
  });

  it("knows which keys go together", () => {
    const wrong: [toml: string, message: string][] = [
      [`${ELASTIC}url = "https://x"`, 'sinks.siem.url does not belong to a sink of type "elasticsearch"'],
      [`${ELASTIC}format = "array"`, 'sinks.siem.format does not belong to a sink of type "elasticsearch"'],
      [`${HTTP}api_key_env = "A"`, 'sinks.hook.api_key_env does not belong to a sink of type "http"'],
      [`${HTTP}token_env = "A"\ntoken_file = "/t"`, "sinks.hook.token_env does not go with token_file: one is enough"],
      [
        `${ELASTIC}api_key_env = "A"\ntoken_file = "/t"`,
        "sinks.siem.token_file does not go with api_key_env: there is one way to log in",
      ],
      [`${ELASTIC}username = "u"`, "sinks.siem.username wants password_file, password_credential or password_env"],
      [`${ELASTIC}username = "a:b"\npassword_env = "P"`, "sinks.siem.username must have no colon (:)"],
      [`${ELASTIC}password_env = "P"`, "sinks.siem.password_env wants a username"],
      [`${ELASTIC}key_file = "/k"`, "sinks.siem.key_file wants certificate_file"],
      [
        `${HTTP}envelope = "splunk-hec"\nformat = "single"`,
        "sinks.hook.format does not go with the envelope of Splunk",
      ],
    ];
    for (const [toml, message] of wrong)
      assert.match(problems(toml)[0] ?? "", new RegExp(`: ${message.replace(/[.[\]()]/g, "\\$&")}$`));
  });

  it("names the nearest key for one that there is not", () => {
    assert.deepEqual(problems(`${ELASTIC}api_key_flie = "/k"\n`), [
      "w.toml:4:1: there is no key sinks.siem.api_key_flie; did you mean api_key_file?",
    ]);
    assert.match(
      problems(`${ELASTIC}verify = false\n`)[0] ?? "",
      /there is no key sinks\.siem\.verify; known here: type, hosts/,
    );
  });

  it("takes a name that can be one of a file", () => {
    for (const name of ['"../x"', '"A"', '""', '"-x"'])
      assert.equal(problems(`[sinks.${name}]\ntype = "http"\nurl = "https://x"\n`).length, 1);
  });

  it("is described key by key, in the manual and in the example", () => {
    const documented = readFileSync(join(ROOT, "docs", "configuration.md"), "utf8");
    const example = readFileSync(join(ROOT, "systemd", "wallwatch.toml"), "utf8");
    const [known = ""] = problems(`${ELASTIC}zzzzzzzzzzzzzzzzzzzz = 1\n`);
    const keys = (known.split("known here: ")[1] ?? "").split(", ");
    assert.ok(keys.length >= 28);
    for (const key of keys) {
      assert.ok(
        documented.includes(`\`sinks.NAME.${key}\``) || documented.includes(`, \`${key}\``),
        `${key} in the manual`,
      );
      const isThere = example.includes(key) || /_(?:credential|env)$/.test(key);
      assert.ok(isThere, `${key} in the example`);
    }
  });
});
