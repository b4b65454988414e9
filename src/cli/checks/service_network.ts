import { execFile } from "node:child_process";

import type { Config } from "../../config/schema.js";
import { ok, warning, type CheckResult } from "./result.js";

const NAME = "service";
/** ms that systemd is given. */
const PATIENCE = 5000;

/**
 * Whether the installed service may reach what the sinks name. Its unit allows no network until a drop-in does, while whoever
 * calls `check` reaches everything: so nothing else would tell.
 *
 * @param show what systemd says of the unit; undefined where there is no systemd
 */
export async function serviceNetworkChecks(config: Config, show = showUnit): Promise<CheckResult[]> {
  if (Object.keys(config.sinks).length === 0) return [];
  const unit = await show();
  if (unit?.["LoadState"] !== "loaded") return [];
  const { IPAddressAllow: allowed = "", IPAddressDeny: denied = "" } = unit;
  if (allowed === "" && denied.split(" ").includes("0.0.0.0/0")) {
    return [
      warning(
        NAME,
        "wallwatch.service may reach no address: as a service it sends nothing to the sinks",
        "Allow their addresses, and those of the DNS servers, by a drop-in: /usr/share/doc/wallwatch/examples/network.conf is one.",
      ),
    ];
  }
  return [ok(NAME, `wallwatch.service may reach ${allowed === "" ? "the network" : allowed}`)];
}

/** Properties of the unit as `systemctl show` prints them, `Name=value` in lines. */
function showUnit(): Promise<Readonly<Record<string, string>> | undefined> {
  const args = ["show", "--property", "LoadState,IPAddressAllow,IPAddressDeny", "wallwatch.service"];
  return new Promise((resolve) => {
    execFile("systemctl", args, { timeout: PATIENCE }, (error, stdout) => {
      resolve(error === null ? propertiesOf(stdout) : undefined);
    });
  });
}

function propertiesOf(text: string): Record<string, string> {
  const pairs = text.split("\n").map((line): [string, string] => {
    const [name = "", ...value] = line.split("=");
    return [name, value.join("=")];
  });
  return Object.fromEntries(pairs);
}
