/**
 * What must not reach a terminal or a reader as it is: control characters, which include the escapes that move the cursor;
 * marks that hide, join or reverse text; separators of lines and paragraphs; halves of surrogate pairs.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u001b": "\\e" };

/** The text with everything unprintable as an escape: `\n`, `\e`, `\x07`, `\u{202e}`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return NAMED[char] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`);
  });
}

/** The text cut to at most `length` UTF-16 code units, with `…` where something is missing. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  // Not between the halves of a surrogate pair.
  return detached(`${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, "")}…`);
}

/** A copy of its own: to V8 a part of a string is a view that keeps the whole one in memory for as long as the part is kept. */
export function detached(text: string): string {
  return Buffer.from(text).toString();
}

/**
 * Arguments as one could type them: those with spaces, quotes or nothing in them stand in double quotes.
 *
 * @param length UTF-16 code units of the text that are wanted: it goes on for more than these only where it has more
 */
export function commandText(args: readonly string[], length = Infinity): string {
  let text = "";
  for (const [index, arg] of args.entries()) {
    if (text.length > length) break;
    // No character becomes shorter, and arguments may be megabytes.
    const begin = arg.slice(0, length + 1);
    const word = /^[^\s"'\\]+$/.test(arg) ? printable(begin) : `"${printable(begin.replace(/["\\]/g, "\\$&"))}"`;
    text += index === 0 ? word : ` ${word}`;
  }
  return text;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
