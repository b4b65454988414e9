/** The words of the language. Names are told from keywords by case: `AND` is a name. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  "and",
  "any",
  "by",
  "false",
  "in",
  "in~",
  "join",
  "like",
  "like~",
  "maxspan",
  "not",
  "null",
  "of",
  "or",
  "regex",
  "regex~",
  "sample",
  "sequence",
  "true",
  "until",
  "where",
  "with",
]);

/** Longer ones first. */
export const OPERATORS = [
  "==",
  "!=",
  "<=",
  ">=",
  "![",
  "=",
  "<",
  ">",
  ":",
  "+",
  "-",
  "*",
  "/",
  "%",
  ".",
  ",",
  "[",
  "]",
  "(",
  ")",
  "|",
  "?",
] as const;

interface Span {
  readonly offset: number;
  /** Just behind it. */
  readonly end: number;
}

export type Token = Span &
  (
    | { readonly kind: "keyword" | "operator"; readonly text: string }
    /** A name; `quoted` in backticks, `tilde` with a `~` at its end. */
    | { readonly kind: "name"; readonly text: string; readonly quoted: boolean; readonly tilde: boolean }
    /** `text` is the string itself, without quotes and escapes. */
    | { readonly kind: "string"; readonly text: string }
    | { readonly kind: "number"; readonly text: string; readonly value: number; readonly decimal: boolean }
    | { readonly kind: "end"; readonly text: "" }
  );

/** What to write instead of a token of another language, to stand behind an error. */
export function hintAt(token: Token): string {
  if (token.kind === "operator" && token.text === "=") return "; a comparison is written `==`";
  const word = token.text.toLowerCase();
  if (token.kind === "name" && !token.quoted && KEYWORDS.has(word)) return `; keywords are in lower case: \`${word}\``;
  return "";
}

/** Characters that other languages have. */
export const CHARACTER_HINTS: ReadonlyMap<string, string> = new Map([
  ["&", "; `and` is written as a word"],
  ["!", "; `not` is written as a word"],
  [";", "; a query ends without it"],
  ...Array.from("“”„‘’«»", (quote): [string, string] => [quote, '; strings are in plain double quotes (")']),
]);

/** A token as an error names it, after "unexpected". */
export function describe(token: Token): string {
  switch (token.kind) {
    case "end":
      return "end of the query";
    case "keyword":
      return `the keyword \`${token.text}\``;
    case "operator":
      return `\`${token.text}\``;
    case "string":
      return `the string ${JSON.stringify(token.text.length > 30 ? `${token.text.slice(0, 30)}…` : token.text)}`;
    case "number":
      return `the number ${token.text}`;
    case "name":
      return `\`${token.text}${token.tilde ? "~" : ""}\``;
  }
}
