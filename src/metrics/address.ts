/** Where metrics are served: a port of an IP address, or a socket's path. */
export type MetricsAddress = { readonly host: string; readonly port: number } | { readonly path: string };
