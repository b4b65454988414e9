import { Detector, type Detection } from "../detect/detector.js";
import type { Origin } from "../detect/origin.js";
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
import { processStdio, type Stdio } from "./stdio.js";

const help = `Usage: wallwatch replay [--rules PATH]... [FILE...|-]

Holds recorded events against rules, and prints the alerts: one on each line, as "wallwatch run" writes them into its log.
Events that wallwatch recorded give the same alerts, ids and incidents as they did live. Other agents' events are taken where
they are ECS: Elastic Defend, Auditbeat, Endgame, SentinelOne. Events are taken in the order in which they stand.

FILE holds events as NDJSON, as a JSON array, or as Elasticsearch's answer to a search, packed with gzip or not. Without
FILE, or where it is "-", events come from standard input. What is no event is named with its line, and the rest goes on.

  --rules PATH    a rule file or a folder of them, in place of the rules that come with wallwatch; may be given several
                  times, and a later one's rule of the same id replaces an earlier one's

Rules that "wallwatch rules" calls replay-only take part. Of more alerts than a rule's cap lets through, a line says how many.

Exit codes: ${EXIT.ok} all events were judged, ${EXIT.failure} some event, file or rule could not be read, ${EXIT.usage} usage,
${EXIT.configuration} there is no rule to judge by.
`;

export const command: Command = { help, run: (args) => replay(args, processStdio()) };

/** @returns the exit code */
export async function replay(args: readonly string[], stdio: Stdio): Promise<number> {
  const { values, positionals } = parseOptions("replay", args, {
    options: { rules: { type: "string", multiple: true } },
    allowPositionals: true,
  });
  const rules = await loadRules(values.rules ?? [SHIPPED_RULES], {
    resolve: documentResolver,
    kqlFields: documentFields,
  });
  const recordings = new Recordings(stdio);
  await tellOfRules(rules, recordings, stdio);
  const detector = new Detector(rules, recordedView, { origin: originOfReplay() });
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

/** Alerts of recorded events say what judged them; which host they are about the events say themselves. */
function originOfReplay(): Origin {
  return {
    agent: { version: packageVersion(), id: undefined, ephemeralId: undefined },
    host: undefined,
    tags: [],
    labels: {},
  };
}

function lineOf(detection: Detection, formatter: LineFormatter): string {
  if (detection.kind === "capped") return "";
  return formatter.format(
    detection.document,
    detection.kind === "alert" ? ALERT_LEVEL[detection.rule.severity] : "warn",
  );
}
