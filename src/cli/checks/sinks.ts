import type { Config } from "../../config/schema.js";
import { EXIT } from "../exit.js";
import type { CheckResult } from "./result.js";

/** ms for all that is tried with one sink. */
const PATIENCE = 60_000;

/**
 * Tries each sink, all at once.
 *
 * @param isSent whether a test alert is sent to each
 */
export async function sinkChecks(config: Config, isSent: boolean): Promise<CheckResult[]> {
  const sinks = Object.entries(config.sinks);
  if (sinks.length === 0) return [];
  // Nothing of it is loaded where there is no sink.
  const [{ examineSink }, { sendTestAlert, testAlert }] = await Promise.all([
    import("../../ship/examine.js"),
    import("../../ship/test_alert.js"),
  ]);
  const alert = isSent ? testAlert(config) : undefined;
  const found = await Promise.all(
    sinks.map(async ([name, sink]) => {
      const signal = AbortSignal.timeout(PATIENCE);
      const findings = [...(await examineSink(sink, signal))];
      if (alert !== undefined) findings.push(await sendTestAlert(sink, alert, signal));
      return findings.map(({ status, detail, cure }): CheckResult => {
        const exitCode = status === "failed" ? EXIT.failure : undefined;
        return { name: `sink ${name}`, status, detail, cure, exitCode };
      });
    }),
  );
  return found.flat();
}
