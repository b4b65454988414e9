import assert from "node:assert/strict";

import { documentResolver, type JsonDocument } from "../../../src/rules/document.js";
import { QueryError, UnsupportedQuery } from "../../../src/rules/error.js";
import type { FieldResolver } from "../../../src/rules/field.js";
import { compileKql } from "../../../src/rules/kql/compile.js";
import { documentFields, tableFields } from "../../../src/rules/kql/fields.js";

function matches(query: string, document: JsonDocument): boolean {
  return compileKql(query, documentResolver, { kqlFields: documentFields }).matches(document);
}

/** An event type with two fields and no more. */
interface Exec {
  readonly name: string;
  readonly args: readonly string[];
}
const execFields: FieldResolver<Exec> = (field) => {
  if (field === "process.name") return (exec) => exec.name;
  if (field === "process.args") return (exec) => exec.args;
  return undefined;
};
const exec: Exec = { name: "iptables", args: ["iptables", "-F"] };

describe("KQL over documents", () => {
  const process = { name: "iptables", args: ["iptables", "-F", ""], args_count: 3, pid: 42, interactive: true };
  const document: JsonDocument = {
    "@timestamp": "2024-05-01T10:30:00.123456789Z",
    process: { ...process, parent: { "executable.path": "/bin/sh" } },
    event: { category: ["process", "session"], action: "exec" },
    user: { id: "1000", name: "Ann Lee" },
    source: { ip: "10.1.2.3" },
    host: { name: "10.1.2.3", ip: ["192.0.2.1", "fe80::1"] },
    empty: [],
    none: null,
    blank: "",
    dns: {
      answers: [
        { type: "A", ttl: 5 },
        { type: "MX", ttl: 60 },
      ],
    },
  };

  const answers: readonly (readonly [string, boolean])[] = [
    // any value of a field with several
    ["event.category:process", true],
    ["event.category:session", true],
    ["event.category:(process and session)", true],
    ["event.category:(process and file)", false],
    ["event.category:(process and not session)", false],
    // exact and by case
    ["process.name:iptables", true],
    ["process.name:IPTables", false],
    ["process.name:iptable", false],
    ["user.name:Ann Lee", true],
    ["user.name:Ann  Lee", false],
    ['user.name:("Ann Lee" or Bob)', true],
    ['process.args:""', true],
    // only an unquoted star is a wildcard
    ["process.name:ip*s", true],
    ['process.name:"ip*s"', false],
    ["process.name:ip\\*s", false],
    ["process.name:ip????es", false],
    ["process.name:*TABLES", false],
    ["process.args:(* and *-F*)", true],
    ["process.pid:4*", true],
    // existence
    ["process.name:*", true],
    ["blank:*", true],
    ["empty:*", false],
    ["none:*", false],
    ["missing:*", false],
    ["process:*", true],
    ["process.parent:*", true],
    ["process.parent.executable:*", true],
    ["process.name.x:*", false],
    // what is missing satisfies not, and nothing else
    ["not missing:x", true],
    ["not empty:x", true],
    ["missing:(not x)", true],
    ["missing:x", false],
    ["missing < 5", false],
    ["not missing < 5", true],
    // types come from the value
    ["process.args_count:3", true],
    ['process.args_count:"3"', true],
    ["process.args_count:3.0", true],
    ["process.args_count:03", true],
    ["process.args_count:three", false],
    ["user.id:1000", true],
    ["user.id:01000", false],
    ["process.interactive:true", true],
    ['process.interactive:"true"', true],
    ["process.interactive:(false or 1)", false],
    // ranges
    ["process.args_count >= 3", true],
    ["process.args_count > 3", false],
    ["process.args_count < 3.5", true],
    ["process.args_count <= 2e0", false],
    ["process.args_count > abc", false],
    ["user.id >= 1000", true],
    ["user.id >= 999", false],
    ["user.name > Anna", false],
    ["user.name < B", true],
    ["process.interactive > 0", false],
    ["process.args < -", true],
    // dates by time
    ["@timestamp > 2024-05-01", false],
    ["@timestamp <= 2024-05-01", true],
    ["@timestamp >= 2024-05", true],
    ['@timestamp < "2024-05-01T12:30:00+02:00"', false],
    ['@timestamp < "2024-05-01T12:30:01+02:00"', true],
    ['@timestamp >= "2024-05-01T10:30:00.123"', true],
    ['@timestamp > "2024-05-01 10:30"', false],
    // patterns of field names
    ["process.*:iptables", true],
    ["process.*.path:/bin/sh", true],
    ["*:Ann Lee", true],
    ["*:nobody", false],
    ["*.name:(iptables and Ann*)", true],
    ["process.arg*:*", true],
    ["proc*x:*", false],
    ["process.* > 41", true],
    // one object must satisfy a nested query whole
    ["dns.answers:{ type:A and ttl < 10 }", true],
    ["dns.answers:{ type:MX and ttl < 10 }", false],
    ["dns.answers.type:MX and dns.answers.ttl < 10", true],
    ["dns:{ answers:{ type:MX and not ttl < 10 } }", true],
    ["dns.answers:{ t*:MX }", true],
    ["missing:{ not x:1 }", false],
    // addresses
    ["source.ip:10.0.0.0/8", true],
    ["source.ip:11.0.0.0/8", false],
    ["source.ip:(11.0.0.0/8 or 10.1.2.3)", true],
    ['host.ip:"fe80::/10"', true],
    ['host.ip:"FE80:0::1"', true],
    ['host.ip:"fe80::2"', false],
    ["source.ip:10.*", true],
    ["source.ip:10.0.0.0/8x", false],
    ["source.ip >= 9.0.0.0 and source.ip < 10.1.2.20", true],
    ["source.ip > 10.1.2.3", false],
    ["host.name:10.0.0.0/8", false],
    ["*", true],
    ["", true],
  ];
  for (const [query, expected] of answers) {
    it(`${expected ? "matches" : "leaves"} ${query}`, () => assert.equal(matches(query, document), expected));
  }

  it("orders strings by code point, not by UTF-16 unit", () => {
    assert.equal(matches('a > "\uff00"', { a: "🙂" }), true);
    assert.equal(matches('a < "🙂"', { a: "\uff00" }), true);
    assert.equal(matches('a > "🙁"', { a: "🙂" }), true);
  });

  it("takes a string for a number in a field of numbers, and there only", () => {
    const event = { destination: { port: "10000" }, process: { args_count: ["12"] }, event: { code: "10000" } };
    assert.equal(matches("destination.port >= 5800 and destination.port < 20000", event), true);
    assert.equal(matches("process.args_count > 9 and not process.args_count <= 9", event), true);
    assert.equal(matches("event.code >= 5800", event), false);
    assert.equal(matches("destination.port > 0 or destination.port < 0", { destination: { port: "http" } }), false);
    assert.equal(matches("report > 5", { report: "10" }), false);
  });

  it("takes a number for milliseconds where it is asked for a date", () => {
    const event = { "@timestamp": Date.UTC(2024, 4, 1, 10, 30) };
    assert.equal(matches("@timestamp >= 2024-05-01 and @timestamp <= 2024-05-01", event), true);
    assert.equal(matches("@timestamp > 2024-05-01 or @timestamp < 2024-05-01", event), false);
    assert.equal(matches('@timestamp < "2024-05-01T10:30:01Z" and @timestamp > "2024-05-01T10:29:59Z"', event), true);
    assert.equal(matches("@timestamp > May or @timestamp < May", event), false);
  });

  it("keeps the precedence of a rule that was published without parentheses", () => {
    const query =
      "event.category:process and process.name:ufw and process.args:(allow or disable) or " +
      "((process.name:service and process.args:stop) and process.args:(firewalld or iptables))";
    const stop = { process: { name: "service", args: ["service", "firewalld", "stop"] } };
    assert.equal(matches(query, stop), true, "the second arm has no category");
    assert.equal(matches(query, { process: { name: "ufw", args: ["disable"] } }), false);
    assert.equal(matches(query, { event: { category: "process" }, process: { name: "ufw", args: ["disable"] } }), true);
  });
});

describe("KQL over a closed list of fields", () => {
  const kqlFields = tableFields(["process.name", "process.args"], execFields);

  it("takes an unknown field for missing, and names it", () => {
    const query = compileKql("process.name:iptables and not file.path:* and dns.question.name:(* or x)", execFields);
    assert.deepEqual(query.fields, ["dns.question.name", "file.path", "process.name"]);
    assert.deepEqual(query.unknownFields, ["dns.question.name", "file.path"]);
    assert.equal(query.matches(exec), false);
    assert.equal(compileKql("process.name:iptables and not file.path:x", execFields).matches(exec), true);
  });

  it("matches a pattern of names against the list", () => {
    const query = compileKql("process.*:-F and process.*:iptables and process:* and not file.*:*", execFields, {
      kqlFields,
    });
    assert.equal(query.matches(exec), true);
    assert.deepEqual(query.fields, ["file.*", "process", "process.*"]);
    assert.deepEqual(query.unknownFields, ["file.*"]);
  });

  it("refuses what it can't answer, where it stands", () => {
    const unsupported = (query: string, offset: number, reason: RegExp): void =>
      assert.throws(
        () => compileKql(query, execFields),
        (error) => error instanceof UnsupportedQuery && error.offset === offset && reason.test(error.reason),
      );
    unsupported("process.name:x and process.*:y", 19, /pattern of field names/);
    unsupported("x:{y:1}", 0, /nested query/);
    unsupported("process.name:x or @timestamp > now-5m", 31, /relative to now/);
    unsupported('@timestamp < "2024-01-01||/M"', 13, /relative to now, or rounded/);
  });

  it("makes an unknown field an error only where asked to", () => {
    const options = { isKnownField: (field: string) => field === "process.name", kqlFields: documentFields };
    assert.doesNotThrow(() => compileKql("process.name:x", documentResolver, options));
    assert.throws(
      () => compileKql("process.name:x and process.nme:y", documentResolver, options),
      (error) => error instanceof QueryError && error.offset === 19 && error.reason === 'unknown field "process.nme"',
    );
    assert.throws(() => compileKql("process:{ nme:y }", documentResolver, options), /unknown field "process"/);
  });

  it("has neither pipes nor a category", () => {
    const query = compileKql("process.name:x", execFields);
    assert.deepEqual(query.pipes, []);
    assert.equal(query.eventCategory, undefined);
  });
});

describe("values that a KQL query requires", () => {
  const required = (query: string): readonly string[] | undefined => {
    const found = compileKql(query, documentResolver, { kqlFields: documentFields }).requiredValues("process.name");
    if (found !== undefined) assert.equal(found.ignoreCase, false);
    return found?.values;
  };
  const cases: readonly (readonly [string, readonly string[] | undefined])[] = [
    ["process.name:ufw", ["ufw"]],
    ["process.name:(ufw or nft)", ["ufw", "nft"]],
    ["process.name:(ufw or nft*)", undefined],
    ["process.name:(ufw or nft) and process.name:x", ["x"]],
    ["process.args:x and (process.name:a and y:1 or process.name:b)", ["a", "b"]],
    ["process.name:a or process.args:x", undefined],
    ["not process.name:a", undefined],
    ["process.name:(* and not a)", undefined],
    ["process.name:7", undefined],
    ["process.name:true", undefined],
    ["process.*:a", undefined],
    ["process:{ name:a }", undefined],
    ["process.name > a", undefined],
    ["*", undefined],
  ];
  for (const [query, values] of cases) {
    it(`of ${query}: ${values?.join(", ") ?? "any"}`, () => assert.deepEqual(required(query), values));
  }
});
