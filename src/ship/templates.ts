import { packageVersion } from "../version.js";
import type { DataStreams } from "./elastic.js";
import { ecsMapping, type Mapping } from "./mapping.js";

/** Above the templates that Elasticsearch brings along for logs-*-* (100), so that ours are the ones. */
const PRIORITY = 250;

/** A composable index template under its name. */
export interface IndexTemplate {
  readonly name: string;
  readonly body: Mapping;
}

/** The index templates of a sink's data streams. */
export function indexTemplates(streams: DataStreams, hasWildcard: boolean): readonly IndexTemplate[] {
  return [
    templateOf(streams.alert, "Alerts of wallwatch", hasWildcard),
    templateOf(streams.health, "What wallwatch says of its own work", hasWildcard),
  ];
}

function templateOf(stream: string, description: string, hasWildcard: boolean): IndexTemplate {
  return {
    name: stream,
    body: {
      index_patterns: [stream],
      data_stream: {},
      priority: PRIORITY,
      template: {
        // A value that is not of its field's type is kept and not indexed: no document is refused for it.
        settings: { index: { mapping: { ignore_malformed: true } } },
        mappings: ecsMapping(hasWildcard),
      },
      _meta: { description, managed_by: "wallwatch", wallwatch_version: packageVersion() },
    },
  };
}

/** As the consoles of Kibana and OpenSearch Dashboards take it. */
export function consoleText({ name, body }: IndexTemplate): string {
  return `PUT _index_template/${name}\n${JSON.stringify(body, undefined, 2)}\n`;
}
