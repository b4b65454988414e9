import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** Bytes. A larger piece saves awaits; the default of 64 KiB would be a tenth slower. */
const CHUNK_SIZE = 262_144;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const OTHER_PACKING = "of what is packed only gzip is read: unpack it";
const OTHER_ENCODING = "this is UTF-16, and only UTF-8 is read: convert it";
/** How files begin that are not read, why, and what makes of them what is read, on standard output. */
const OTHER_MAGICS: readonly (readonly [magic: Buffer, problem: string, convert: string])[] = [
  [Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), OTHER_PACKING, "xz -dc"],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), OTHER_PACKING, "zstd -dc"],
  [Buffer.from("BZh"), OTHER_PACKING, "bzip2 -dc"],
  [Buffer.from([0x50, 0x4b, 3, 4]), OTHER_PACKING, "unzip -p"],
  // As PowerShell writes what a program prints.
  [Buffer.from([0xff, 0xfe]), OTHER_ENCODING, "iconv -f UTF-16 -t UTF-8"],
  [Buffer.from([0xfe, 0xff]), OTHER_ENCODING, "iconv -f UTF-16 -t UTF-8"],
];
const LONGEST_MAGIC = 6;

/** A file or standard input, as it is read. */
export interface Input {
  /** For messages. */
  readonly name: string;
  /** Bytes of the file, compressed if it is; undefined where that is not known beforehand. */
  readonly size: number | undefined;
  /** Bytes of `size` that were read so far. */
  readonly position: number;
  /** The content, unpacked if it was gzip. */
  readonly chunks: AsyncIterable<Buffer>;
}

/**
 * Opens a recording.
 *
 * @param path a file's name, or `-` for standard input
 * @throws what stat(2) says of the file
 */
export async function openInput(path: string, stdin: AsyncIterable<Buffer>): Promise<Input> {
  if (path === "-") return new Recording("standard input", undefined, stdin);
  const stats = await stat(path);
  if (stats.isDirectory()) throw new Error("is a folder");
  return new Recording(
    path,
    stats.isFile() ? stats.size : undefined,
    createReadStream(path, { highWaterMark: CHUNK_SIZE }),
  );
}

class Recording implements Input {
  position = 0;
  readonly chunks: AsyncIterable<Buffer>;

  constructor(
    readonly name: string,
    readonly size: number | undefined,
    source: AsyncIterable<Buffer>,
  ) {
    this.chunks = unpacked(this.#counted(source));
  }

  async *#counted(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    for await (const chunk of source) {
      this.position += chunk.length;
      yield chunk;
    }
  }
}

/**
 * The bytes as they are, or unpacked if they begin as gzip does.
 *
 * @throws if they are gzip and damaged or cut off, packed otherwise, or UTF-16
 */
export async function* unpacked(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const rest = source[Symbol.asyncIterator]();
  const head: Buffer[] = [];
  let headSize = 0;
  while (headSize < LONGEST_MAGIC) {
    const next = await rest.next();
    if (next.done === true) break;
    head.push(next.value);
    headSize += next.value.length;
  }
  const all = joined(head, rest);
  const beginning = Buffer.concat(head);
  const startsWith = (magic: Buffer): boolean => beginning.subarray(0, magic.length).equals(magic);
  const other = OTHER_MAGICS.find(([magic]) => startsWith(magic));
  if (other !== undefined) {
    const [, problem, convert] = other;
    throw new Error(`${problem} with "${convert}", and give "-" for the file`);
  }
  if (!startsWith(GZIP_MAGIC)) {
    yield* all;
    return;
  }
  // An error of either destroys the other with it, and the loop over gunzip throws it.
  const gunzip = pipeline(Readable.from(all), createGunzip({ chunkSize: CHUNK_SIZE }), () => undefined);
  for await (const chunk of gunzip) yield chunk as Buffer;
}

async function* joined(head: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void> {
  yield* head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
