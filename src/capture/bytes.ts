import { isUtf8 } from "node:buffer";

/**
 * Reads little-endian numbers and UTF-8 out of a string whose characters are bytes (latin1). A record is kept as such a
 * string because it is the cheapest copy there is of a few hundred bytes: one object on V8's heap, moved and freed by the
 * young generation, where a Buffer would be an allocation of its own or keep a whole pool alive.
 */
function u16(bytes: string, at: number): number {
  return bytes.charCodeAt(at) | (bytes.charCodeAt(at + 1) << 8);
}

export function u32(bytes: string, at: number): number {
  return (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;
}

export function u64(bytes: string, at: number): bigint {
  return (BigInt(u32(bytes, at + 4)) << 32n) | BigInt(u32(bytes, at));
}

/** A u64 as a number: exact up to 2^53, the nearest double above. Good for counts and for ordering times. */
export function u64Number(bytes: string, at: number): number {
  return u32(bytes, at + 4) * 0x1_0000_0000 + u32(bytes, at);
}

/** The low 53 bits of a u64. */
export function low53(bytes: string, at: number): number {
  return (u32(bytes, at + 4) & 0x1f_ffff) * 0x1_0000_0000 + u32(bytes, at);
}

const NOT_ASCII = /[\x80-\xff]/;

/** Decodes UTF-8; what is invalid becomes U+FFFD, as the WHATWG's decoder has it. */
export function utf8(bytes: string): string {
  return NOT_ASCII.test(bytes) ? Buffer.from(bytes, "latin1").toString("utf8") : bytes;
}

export function isValidUtf8(bytes: string): boolean {
  return !NOT_ASCII.test(bytes) || isUtf8(Buffer.from(bytes, "latin1"));
}

/** The bytes before the first NUL, decoded. */
export function untilNul(bytes: string): string {
  const end = bytes.indexOf("\0");
  return utf8(end < 0 ? bytes : bytes.slice(0, end));
}

/** The strings of a list in which each is NUL-terminated; a last one without its NUL (the list was cut) counts too. */
export function nulTerminated(bytes: string): string[] {
  if (bytes === "") return [];
  const end = bytes.endsWith("\0") ? bytes.length - 1 : bytes.length;
  const items = bytes.slice(0, end).split("\0");
  if (!NOT_ASCII.test(bytes)) return items;
  return items.map(utf8);
}
