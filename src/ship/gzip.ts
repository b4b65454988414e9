import { gzip } from "node:zlib";
import { promisify } from "node:util";

const compress = promisify(gzip);

/** Bytes. What is shorter is not worth it. */
const WORTH_IT = 1024;
/** Alerts of one incident are much alike: the fastest level saves nearly as much as the best. */
const LEVEL = 1;

/** A body and the headers that tell of it. The work is done on libuv's thread pool. */
export async function packed(
  body: Buffer,
  isCompressed: boolean,
): Promise<{ readonly body: Buffer; readonly headers: Readonly<Record<string, string>> }> {
  if (!isCompressed || body.length < WORTH_IT) return { body, headers: {} };
  return { body: await compress(body, { level: LEVEL }), headers: { "content-encoding": "gzip" } };
}
