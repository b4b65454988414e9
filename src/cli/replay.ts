import type { Config } from "../config/schema.js";
import { Detector, type Detection, type DetectorOptions } from "../detect/detector.js";
import { Exceptions } from "../detect/exceptions.js";
import { withoutExcess } from "../detect/excess.js";
import { rulePaths } from "../detect/live_rules.js";
import { recordedView } from "../detect/recorded.js";
import { ALERT_LEVEL, createFormatter, type LineFormatter } from "../log/format.js";
import { documentResolver, type JsonDocument } from "../rules/document.js";
import { documentFields } from "../rules/kql/fields.js";
import { loadRules } from "../rules/load.js";
import { problemText } from "../rules/problem.js";
import type { RuleSet } from "../rules/ruleset.js";
import { SHIPPED_RULES } from "../rules/shipped.js";
import { packageVersion } from "../version.js";
import type { Command } from "./command.js";
import { CommandError, EXIT } from "./exit.js";
import { parseOptions } from "./options.js";
import { Recordings } from "./recordings.js";
import { loadConfigOrRefuse } from "./refusal.js";
import { processStdio, type Stdio } from "./stdio.js";

const help = `Usage: wallwatch replay [--config FILE] [--rules PATH]... [FILE...|-]

Holds recorded events against rules, and prints the alerts: one on each line, as "wallwatch run" writes them into its log.
Events that wallwatch recorded give the same alerts, ids and incidents as they did live. Other agents' events are taken where
they are ECS: Elastic Defend, Auditbeat, Endgame, SentinelOne. Events are taken in the order in which they stand.

FILE holds events as NDJSON, as a JSON array, or as Elasticsearch's answer to a search, packed with gzip or not. Without
FILE, or where it is "-", events come from standard input. What is no event is named with its line, and the rest goes on.

  --rules PATH    a rule file or a folder of them, in place of the rules that come with wallwatch; may be given several
                  times, and a later one's rule of the same id replaces an earlier one's
  --config FILE   judge as "wallwatch run" would with this configuration: its rules (unless --rules names others), exceptions,
                  cap, tags and labels. Without it, no configuration is read

Rules that "wallwatch rules" calls replay-only take part. Of more alerts than a rule's cap lets through, a line says how many.

Exit codes: ${EXIT.ok} all events were judged, ${EXIT.failure} some event, file or rule could not be read, ${EXIT.usage} usage,
${EXIT.io} the output could not be written, ${EXIT.configuration} bad configuration, or there is no rule to judge by.
`;

export const command: Command = { help, run: (args) => replay(args, processStdio()) };

/** @returns the exit code */
export async function replay(args: readonly string[], stdio: Stdio): Promise<number> {
  const { values, positionals } = parseOptions("replay", args, {
    options: { rules: { type: "string", multiple: true }, config: { type: "string" } },
    allowPositionals: true,
  });
  const config = values.config === undefined ? undefined : (await loadConfigOrRefuse(values.config)).config;
  const paths = values.rules ?? (config === undefined ? [SHIPPED_RULES] : await rulePaths(config.rules));
  const rules = await loadRules(paths, { resolve: documentResolver, kqlFields: documentFields });
  const recordings = new Recordings(stdio);
  await tellOfRules(rules, recordings, stdio);
  const detector = new Detector(rules, recordedView, detectorOptions(config));
  const formatter = createFormatter();
  const linesOf = (detections: readonly Detection[]): string =>
    detections.map((detection) => lineOf(detection, formatter)).join("");
  await recordings.readAll(positionals, {
    take: (events) => {
      let lines = "";
      for (const { document } of events) {
        const detections = detector.evaluate(document);
        if (detections.length > 0) lines += linesOf(detections);
      }
      return lines;
    },
    isFull: false,
  });
  await recordings.print(linesOf(detector.flush()));
  return recordings.isTroubled ? EXIT.failure : EXIT.ok;
}

async function tellOfRules(
  { rules, live, problems }: RuleSet<JsonDocument>,
  recordings: Recordings,
  { stderr }: Stdio,
): Promise<void> {
  for (const problem of problems) await recordings.complain(problemText(problem));
  if (live.length === 0) {
    throw new CommandError(
      EXIT.configuration,
      `There is no rule to judge by: of ${rules.length} rules none can be evaluated.`,
      '"wallwatch rules PATH" says what becomes of each rule file.',
    );
  }
  const left = rules.filter(
    ({ verdict, overriddenBy }) => verdict.status === "unsupported" && overriddenBy === undefined,
  );
  if (left.length === 0) return;
  await stderr.write(
    `wallwatch: ${left.length} of ${rules.length} rules can't be evaluated; "wallwatch rules PATH" says why\n`,
  );
}

function detectorOptions(config: Config | undefined): DetectorOptions<JsonDocument> {
  const { tags = [], labels = {} } = config ?? {};
  // Alerts of recorded events say what judged them; which host they are about the events say themselves.
  const agent = { version: packageVersion(), id: undefined, ephemeralId: undefined };
  const origin = { agent, host: undefined, tags, labels };
  if (config === undefined) return { origin };
  const { window, alerts: maxAlerts } = config.cap;
  return { origin, window, maxAlerts, exceptions: new Exceptions(config.exceptions, documentResolver, origin) };
}

function lineOf(detection: Detection, formatter: LineFormatter): string {
  if (detection.kind === "capped" || detection.document === undefined) return "";
  return formatter.format(
    withoutExcess(detection.document),
    detection.kind === "alert" ? ALERT_LEVEL[detection.rule.severity] : "warn",
  );
}
