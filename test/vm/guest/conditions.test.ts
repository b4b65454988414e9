import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { active, alertsOf, journal, PATIENCE, property, run, until } from "./service.js";

const DROP_IN = "/etc/systemd/system/wallwatch.service.d/conditions.conf";
const CONFIG = "/etc/wallwatch/wallwatch.toml";
const LOCKDOWN = "/sys/kernel/security/lockdown";

/** Starts the service anew under further directives. */
async function restartWith(...directives: string[]): Promise<void> {
  mkdirSync(DROP_IN.slice(0, DROP_IN.lastIndexOf("/")), { recursive: true });
  writeFileSync(DROP_IN, ["[Service]", ...directives, ""].join("\n"));
  await run("systemctl daemon-reload");
  try {
    await run("systemctl restart wallwatch");
  } catch (cause) {
    throw new Error(await journal(), { cause });
  }
}

/** What a command prints, also where it ends with another code than 0, as `status` does when there is something to tell. */
function output(command: string, ...args: string[]): Promise<string> {
  return new Promise((resolve) => execFile(command, args, { timeout: PATIENCE }, (_, stdout) => resolve(stdout)));
}

interface Status {
  readonly lane: string;
  readonly degraded: readonly string[];
}

const status = async (): Promise<Status> => JSON.parse(await output("wallwatch", "status", "--json")) as Status;

describe("the installed service under other conditions", function () {
  this.timeout(3 * PATIENCE);
  let server: Server | undefined;
  let config: string;

  before(() => {
    config = readFileSync(CONFIG, "utf8");
  });

  after(async () => {
    server?.close();
    rmSync(DROP_IN, { force: true });
    writeFileSync(CONFIG, config);
    await run("systemctl daemon-reload");
    await run("systemctl restart wallwatch");
  });

  it("systemctl reload keeps the process, and reads the configuration again", async () => {
    const pid = await active();
    writeFileSync(CONFIG, config.replace("[labels]", '[labels]\nsite = "guest"'));
    await run("systemctl reload wallwatch");
    assert.equal(await active(), pid);
    await run("iptables -F");
    const log = await until("a labelled alert", () => {
      const text = readFileSync("/var/log/wallwatch/alerts.ndjson", "utf8");
      return text.includes('"site":"guest"') ? text : undefined;
    });
    assert.match(log, /configuration-reloaded/);
  });

  it("sends to a sink once a drop-in allows it the network; until then check warns", async () => {
    const received: string[] = [];
    server = createServer((request, response) => {
      request.setEncoding("utf8");
      request.on("data", (text: string) => received.push(text));
      request.on("end", () => response.end("{}"));
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server?.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const sink = `[sinks.hook]\ntype = "http"\nurl = "http://127.0.0.1:${port}/"\ncompression = false\n`;
    writeFileSync(CONFIG, `${config}\n${sink}`);
    assert.match(await output("wallwatch", "check"), /^warning +service +wallwatch\.service may reach no address/m);
    await restartWith("IPAddressAllow=localhost");
    assert.match(await output("wallwatch", "check"), /^ok +service +/m);
    assert.deepEqual(await alertsOf("nft flush ruleset"), ["nft flush ruleset"]);
    await until("the alert at the sink", () => (/nft flush ruleset/.test(received.join("")) ? true : undefined));
    writeFileSync(CONFIG, config);
  });

  for (const [what, directive, expected] of [
    ["BTF", "InaccessiblePaths=/sys/kernel/btf/vmlinux", /BTF|btf/],
    [
      "libbpf",
      "InaccessiblePaths=-/usr/lib/x86_64-linux-gnu/libbpf.so.0 -/usr/lib/x86_64-linux-gnu/libbpf.so.1",
      /libbpf/,
    ],
    ["CAP_BPF", "CapabilityBoundingSet=~CAP_BPF\nAmbientCapabilities=~CAP_BPF", /EPERM|not permitted|privilege/i],
  ] as const) {
    it(`without ${what} it watches in the proc lane, and says why`, async () => {
      await restartWith(directive);
      const { lane, degraded } = await status();
      assert.equal(lane, "proc", degraded.join("\n"));
      assert.match(degraded.join("\n"), expected);
      assert.deepEqual(await alertsOf("nft flush ruleset"), ["nft flush ruleset"]);
    });
  }

  it("without CAP_NET_ADMIN it ends with 77 and one sentence", async () => {
    await assert.rejects(restartWith("CapabilityBoundingSet=~CAP_NET_ADMIN\nAmbientCapabilities=~CAP_NET_ADMIN"));
    assert.equal(await property("ExecMainStatus"), "77", await journal());
    assert.match(await journal(), /CAP_NET_ADMIN/);
  });

  // There is no way back from it but a reboot, so it comes last.
  it("under lockdown=confidentiality it watches in the proc lane, and says why", async function () {
    if (!existsSync(LOCKDOWN)) {
      console.log("      skipped: this kernel has no lockdown");
      this.skip();
    }
    writeFileSync(LOCKDOWN, "confidentiality");
    await restartWith();
    const { lane, degraded } = await status();
    assert.equal(lane, "proc", degraded.join("\n"));
    assert.match(await output("wallwatch", "check"), /^warning +lockdown/m);
    assert.deepEqual(await alertsOf("nft flush ruleset"), ["nft flush ruleset"]);
  });
});
