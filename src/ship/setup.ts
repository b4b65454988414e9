import { answerText, jsonOf, type Answer } from "./client/answer.js";
import { TransportError, type Client } from "./client/client.js";
import type { DataStreams } from "./elastic.js";
import { indexTemplates, type IndexTemplate } from "./templates.js";

/** What became of one template. */
export interface Installed {
  readonly name: string;
  /** undefined where it is installed. */
  readonly problem: string | undefined;
  /** Whether keyword stands in place of wildcard, which this server does not have. */
  readonly isPlain: boolean;
}

/** Installs the templates of a sink; what is there under the same name is replaced. */
export async function installTemplates(
  client: Client,
  streams: DataStreams,
  signal: AbortSignal,
): Promise<Installed[]> {
  const installed: Installed[] = [];
  const plain = indexTemplates(streams, false);
  for (const [index, template] of indexTemplates(streams, true).entries()) {
    const first = await install(client, template, signal);
    const other = plain[index];
    const lacksWildcard = first?.includes("wildcard") === true && other !== undefined;
    const problem = lacksWildcard ? await install(client, other, signal) : first;
    installed.push({ name: template.name, problem, isPlain: lacksWildcard });
  }
  return installed;
}

/** @returns why it is not installed */
async function install(
  client: Client,
  { name, body }: IndexTemplate,
  signal: AbortSignal,
): Promise<string | undefined> {
  let answer: Answer;
  try {
    answer = await client.request(
      {
        method: "PUT",
        path: `/_index_template/${name}`,
        headers: { "content-type": "application/json" },
        body: Buffer.from(JSON.stringify(body)),
      },
      signal,
    );
  } catch (error) {
    if (error instanceof TransportError) return error.message;
    throw error;
  }
  if (answer.status !== 200) return answerText(answer);
  return jsonOf(answer)?.["acknowledged"] === true
    ? undefined
    : "HTTP 200, but this is not Elasticsearch or OpenSearch: are host and port right, and the path of hosts?";
}
