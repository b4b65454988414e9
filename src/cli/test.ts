import { printable } from "../printable.js";
import { documentResolver, type JsonDocument } from "../rules/document.js";
import { tryExamples } from "../rules/example.js";
import { documentFields } from "../rules/kql/fields.js";
import { loadRules } from "../rules/load.js";
import { type LoadedRule, statusOf } from "../rules/ruleset.js";
import { SHIPPED_RULES } from "../rules/shipped.js";
import { queryOf } from "../rules/verdict.js";
import type { Command } from "./command.js";
import { EXIT } from "./exit.js";
import { parseOptions } from "./options.js";
import { counted, printProblems } from "./rules.js";
import { processStdio, type Stdio } from "./stdio.js";
import { paint, wantsColour } from "./style.js";

const help = `Usage: wallwatch test [PATH...]

Tries the examples that rule files carry: for each "[[example]]" whether the rule matches its event as "match" says. Rules
that are disabled or overridden are tried too.

PATH is a rule file or a folder of them; without PATH these are the rules that come with wallwatch.

Exit codes: ${EXIT.ok} all examples are as their files say, ${EXIT.failure} some are not, or a file is broken, ${EXIT.usage} usage.
`;

export const command: Command = { help, run: (args) => test(args, processStdio()) };

/** What trying a rule's examples gave. */
interface Outcome {
  readonly count: number;
  /** What is wrong, one sentence each. */
  readonly failures: readonly string[];
}

/** @returns the exit code */
export async function test(args: readonly string[], { stdout, stderr }: Stdio): Promise<number> {
  const { positionals } = parseOptions("test", args, { options: {}, allowPositionals: true });
  const paths = positionals.length > 0 ? positionals : [SHIPPED_RULES];
  const set = await loadRules(paths, { resolve: documentResolver, kqlFields: documentFields });
  const isColoured = wantsColour(stdout.stream);
  let examples = 0;
  let failures = 0;
  for (const loaded of set.rules) {
    const outcome = outcomeOf(loaded);
    examples += outcome.count;
    failures += outcome.failures.length;
    if (outcome.count > 0) await stdout.write(outcomeText(loaded, outcome, isColoured));
  }
  await stdout.write(
    `${counted(set.rules.length, "rule")}, ${counted(examples, "example")}, ${failures} not as their files say\n`,
  );
  await printProblems(set.problems, stderr);
  return failures > 0 || set.problems.length > 0 ? EXIT.failure : EXIT.ok;
}

function outcomeOf(loaded: LoadedRule<JsonDocument>): Outcome {
  const { examples } = loaded.rule;
  const query = queryOf(loaded.verdict);
  if (query === undefined) {
    const failures = examples.map(({ name }) => `"${name}" can't be tried: ${statusOf(loaded).reason ?? ""}`);
    return { count: examples.length, failures };
  }
  const failures = tryExamples(examples, query)
    .filter(({ example, matched }) => example.match !== matched)
    .map(({ example, matched }) =>
      matched ? `"${example.name}" matches, and must not` : `"${example.name}" does not match, and must`,
    );
  return { count: examples.length, failures };
}

function outcomeText({ rule }: LoadedRule<JsonDocument>, { count, failures }: Outcome, isColoured: boolean): string {
  const isGood = failures.length === 0;
  const mark = isGood ? paint("ok  ", "green", isColoured) : paint("FAIL", "red", isColoured);
  const lines = failures.map((failure) => `      ${printable(failure)}\n`);
  return `${mark}  ${printable(rule.name)}: ${counted(count, "example")} (${printable(rule.path)})\n${lines.join("")}`;
}
