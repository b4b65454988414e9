import type { Received, Reply } from "./support.js";

/** As much of Elasticsearch and OpenSearch as a sink sees, in memory: data streams with ids, rollover, what is refused. */
export class FakeElastic {
  /** By data stream: its backing indices, the last one being written, with their documents by id. */
  readonly streams = new Map<string, Map<string, string>[]>();
  /** Streams that a template allows. */
  templates = new Set(["logs-wallwatch.alert-default", "logs-wallwatch.health-default"]);
  /** Refuses items by their document. */
  isBad: (line: string) => boolean = () => false;

  /** Ids in a stream, one for each copy. */
  ids(stream = "logs-wallwatch.alert-default"): string[] {
    return (this.streams.get(stream) ?? []).flatMap((index) => [...index.keys()]);
  }

  rollOver(stream = "logs-wallwatch.alert-default"): void {
    this.streams.get(stream)?.push(new Map());
  }

  answer({ method, path, body }: Received): Reply {
    const [route = ""] = path.split("?");
    if (route === "/_bulk") return this.#bulk(body, path.includes("require_data_stream=true"));
    const [, stream = "", action = ""] = /^\/([^/]+)\/(_refresh|_search)$/.exec(route) ?? [];
    const dataStream = /^\/_data_stream\/(.+)$/.exec(route)?.[1];
    if (dataStream !== undefined) return this.#dataStream(method, dataStream);
    if (!this.streams.has(stream)) return refused(404, "index_not_found_exception");
    if (action === "_refresh") return { status: 200 };
    if (action !== "_search") return refused(400, "illegal_argument_exception");
    const { query } = JSON.parse(body) as { query: { ids: { values: string[] } } };
    const hits = this.ids(stream).filter((id) => query.ids.values.includes(id));
    return {
      status: 200,
      // As `filter_path` has it: without an empty list.
      body: {
        timed_out: false,
        _shards: { failed: 0 },
        hits: { total: { value: hits.length }, ...(hits.length > 0 && { hits: hits.map((_id) => ({ _id })) }) },
      },
    };
  }

  #bulk(body: string, requireDataStream: boolean): Reply {
    const lines = body.trimEnd().split("\n");
    const items: unknown[] = [];
    for (let at = 0; at < lines.length; at += 2) {
      const { create } = JSON.parse(lines[at] ?? "") as { create: { _index: string; _id: string } };
      items.push({ create: this.#create(create._index, create._id, lines[at + 1] ?? "", requireDataStream) });
    }
    return { status: 200, body: { errors: false, items } };
  }

  #create(stream: string, id: string, line: string, requireDataStream: boolean): unknown {
    if (!this.streams.has(stream)) {
      if (!this.templates.has(stream) && requireDataStream)
        return { status: 404, error: { type: "index_not_found_exception" } };
      this.streams.set(stream, [new Map<string, string>()]);
    }
    if (this.isBad(line)) return { status: 400, error: { type: "document_parsing_exception", reason: "bad" } };
    const index = this.streams.get(stream)?.at(-1);
    if (index?.has(id)) return { status: 409, error: { type: "version_conflict_engine_exception" } };
    index?.set(id, line);
    return { status: 201 };
  }

  #dataStream(method: string, stream: string): Reply {
    if (this.streams.has(stream)) return { status: 200, body: { data_streams: [{ name: stream }] } };
    if (method === "GET") return refused(404, "index_not_found_exception");
    if (!this.templates.has(stream)) return refused(400, "illegal_argument_exception");
    this.streams.set(stream, [new Map<string, string>()]);
    return { status: 200 };
  }
}

function refused(status: number, type: string): Reply {
  return { status, body: { error: { type, reason: "as it says" }, status } };
}
