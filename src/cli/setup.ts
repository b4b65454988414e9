import { DEFAULT_CONFIG_PATH } from "../config/load.js";
import type { SinkConfig } from "../config/sinks.js";
import { installTemplates } from "../ship/setup.js";
import { clientOf, streamsOf } from "../ship/targets.js";
import { consoleText, indexTemplates } from "../ship/templates.js";
import type { Command } from "./command.js";
import { CommandError, EXIT } from "./exit.js";
import { parseOptions } from "./options.js";
import { loadConfigOrRefuse } from "./refusal.js";

const help = `Usage: wallwatch setup [OPTION]...

Installs the index templates that the data streams of alerts and health documents need, in each Elasticsearch and OpenSearch of
the configuration. What is there under the same name is replaced; data is not touched.

  --config FILE   configuration (default: ${DEFAULT_CONFIG_PATH}, if it is there)
  --sink NAME     only this one
  --print         prints the templates for the console of Kibana or OpenSearch Dashboards, and asks no server

Installing takes the cluster privilege manage_index_templates: give it to the user of the sink, or have somebody who has it
paste what --print gives.

Exit codes: ${EXIT.ok} installed, ${EXIT.failure} not all of it, ${EXIT.usage} usage, ${EXIT.configuration} bad configuration.
`;

export const command: Command = { help, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = parseOptions("setup", args, {
    options: { config: { type: "string" }, sink: { type: "string" }, print: { type: "boolean" } },
  });
  const { config } = await loadConfigOrRefuse(values.config);
  const sinks = sinksNamed(config.sinks, values.sink).filter(([, { type }]) => type !== "http");
  if (sinks.length === 0) {
    throw new CommandError(
      EXIT.configuration,
      "There is no sink of type elasticsearch or opensearch to set up.",
      "docs/delivery.md tells how to configure one.",
    );
  }
  if (values.print === true) {
    process.stdout.write(printed(sinks));
    return EXIT.ok;
  }
  let isWhole = true;
  for (const [name, sink] of sinks) isWhole = (await setUp(name, sink)) && isWhole;
  return isWhole ? EXIT.ok : EXIT.failure;
}

/** All sinks, or the one that is asked for. @throws {CommandError} where there is none of that name */
export function sinksNamed(
  sinks: Readonly<Record<string, SinkConfig>>,
  name: string | undefined,
): (readonly [name: string, sink: SinkConfig])[] {
  if (name === undefined) return Object.entries(sinks);
  const sink = Object.hasOwn(sinks, name) ? sinks[name] : undefined;
  if (sink !== undefined) return [[name, sink]];
  const known = Object.keys(sinks).join(", ");
  throw new CommandError(EXIT.usage, `There is no sink "${name}"${known === "" ? "" : `: there are ${known}`}.`);
}

/** Sinks with the same data streams have the same templates. */
function printed(sinks: readonly (readonly [name: string, sink: SinkConfig])[]): string {
  const templates = sinks.flatMap(([, sink]) => indexTemplates(streamsOf(sink), true).map(consoleText));
  return [...new Set(templates)].join("\n");
}

async function setUp(name: string, sink: SinkConfig): Promise<boolean> {
  const client = clientOf(sink);
  try {
    const installed = await installTemplates(client, streamsOf(sink), new AbortController().signal);
    for (const { name: template, problem, isPlain } of installed) {
      const note = isPlain ? " (with keyword in place of wildcard, which this server does not have)" : "";
      if (problem === undefined) process.stdout.write(`${name}: installed ${template}${note}\n`);
      else process.stderr.write(`wallwatch: ${name}: ${template} is not installed: ${problem}\n`);
    }
    return installed.every(({ problem }) => problem === undefined);
  } finally {
    client.close();
  }
}
