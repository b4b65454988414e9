import { AddonError } from "../capture/binding.js";
import { probeHost, type HostProbe } from "../capture/probe.js";
import { DEFAULT_CONFIG_PATH } from "../config/load.js";
import { captureChecks, laneOf } from "./checks/capture.js";
import { configCheck, rulesChecks } from "./checks/config.js";
import { hostChecks } from "./checks/host.js";
import { logCheck } from "./checks/log.js";
import { failed, type CheckResult } from "./checks/result.js";
import { serviceNetworkChecks } from "./checks/service_network.js";
import { sinkChecks } from "./checks/sinks.js";
import type { Command } from "./command.js";
import { EXIT, type ExitCode } from "./exit.js";
import { readHostState } from "./host_state.js";
import { parseOptions } from "./options.js";
import { BUILD_ADDON } from "./refusal.js";
import { paint, wantsColour, type Style } from "./style.js";

const help = `Usage: wallwatch check [OPTION]...

Says whether "wallwatch run" would work here: kernel, privileges, capture lane, rules, configuration, alert log; where
something is missing, what to do about it; and of each sink whether it can be reached, logged into and written to. Nothing is changed.

  --config FILE   configuration (default: ${DEFAULT_CONFIG_PATH}, if it is there)
  --send          sends one marked test alert to each sink, and says where it arrived; it does not stand in the log
  --json          one JSON object: { exitCode, lane, checks: [{ name, status, detail, cure?, exitCode? }] }

Exit codes: ${EXIT.ok} it would work, ${EXIT.failure} it would, but a rule file is broken or a sink takes nothing; otherwise that with which run would end.
`;

export const command: Command = { help, run: check };

/** What `--json` prints. */
interface Report {
  readonly exitCode: ExitCode;
  /** The lane that `run` would use; null where it would not run. */
  readonly lane: "kernel" | "proc" | null;
  readonly checks: readonly CheckResult[];
}

async function check(args: readonly string[]): Promise<number> {
  const { values } = parseOptions("check", args, {
    options: { config: { type: "string" }, json: { type: "boolean" }, send: { type: "boolean" } },
  });
  const report = await examine(values.config, values.send === true);
  process.stdout.write(values.json === true ? `${JSON.stringify(report)}\n` : readable(report));
  return report.exitCode;
}

async function examine(path: string | undefined, isSent: boolean): Promise<Report> {
  const state = readHostState();
  const { config, result: configuration } = await configCheck(path);
  const checks = hostChecks(state);
  let probe: HostProbe | undefined;
  try {
    probe = await probeHost();
    checks.push(...captureChecks(probe, config.capture.lane, state));
  } catch (error) {
    if (!(error instanceof AddonError)) throw error;
    checks.push(failed("addon", EXIT.unavailable, error.message, BUILD_ADDON));
  }
  checks.push(configuration, ...(await rulesChecks(config)), await logCheck(config.log));
  checks.push(...(await sinkChecks(config, isSent)), ...(await serviceNetworkChecks(config)));
  // EXIT.failure says that run works; whatever keeps it from working counts more.
  const codes = checks.flatMap(({ exitCode }) => exitCode ?? []);
  const exitCode = codes.find((code) => code !== EXIT.failure) ?? codes[0] ?? EXIT.ok;
  const wouldRun = exitCode === EXIT.ok || exitCode === EXIT.failure;
  return { exitCode, lane: (wouldRun && probe && laneOf(probe, config.capture.lane)) || null, checks };
}

const STATUS_STYLE: Readonly<Record<CheckResult["status"], Style>> = { ok: "green", warning: "yellow", failed: "red" };

function readable({ exitCode, lane, checks }: Report): string {
  const isColoured = wantsColour(process.stdout);
  const width = Math.max(...checks.map(({ name }) => name.length));
  const indent = " ".repeat("warning".length + width + 4);
  const lines = checks.map(({ name, status, detail, cure }) => {
    const head = `${paint(status.padEnd("warning".length), STATUS_STYLE[status], isColoured)}  ${name.padEnd(width)}  `;
    const text = [detail, ...(cure === undefined ? [] : [cure])].join("\n").replaceAll("\n", `\n${indent}`);
    return `${head}${text}\n`;
  });
  const verdict =
    lane === null
      ? `"wallwatch run" would not work here: it would end with exit code ${exitCode}.`
      : `"wallwatch run" works here, in the ${lane} lane${exitCode === EXIT.ok ? "" : ", but not all of it: see above"}.`;
  return `${lines.join("")}${verdict}\n`;
}
