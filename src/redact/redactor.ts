import type { Matcher } from "../rules/automaton/matcher.js";
import { ANY_RUN, wildcardMatcher } from "../rules/automaton/wildcard.js";
import { MASK, redactArgs, redactText, redactVariable } from "./usual.js";

/** Masks secrets; what it masks stays recognisable as one by MASK. */
export interface Redactor {
  /** An argument list: as many arguments as before. */
  args(args: readonly string[]): string[];
  /** Text that holds commands. */
  text(text: string): string;
  /** `NAME=value` */
  variable(variable: string): string;
}

/** The usual forms of options, variables, URLs, headers and tokens: usual.ts. */
export const USUAL_SECRETS: Redactor = { args: redactArgs, text: redactText, variable: redactVariable };

const NOTHING: Redactor = { args: (args) => [...args], text: (text) => text, variable: (variable) => variable };

/** One argument, of which all that `*` stands for is masked from its first one on; or an argument and the next. */
interface MaskPattern {
  /** Matches the argument before; undefined where that does not matter. */
  readonly before: Matcher | undefined;
  readonly matches: Matcher;
  /** What stays: what stands before the first `*`. */
  readonly prefix: string;
}

/**
 * A redactor by an administrator's patterns, and by the usual ones where `isUsual`. `--pin=*` masks what follows in an argument
 * that begins so, `--pin *` the argument after one that is `--pin`, `*BEGIN*KEY*` a whole argument with that in it; upper and lower case
 * differ. Arguments are anybody's, so this takes time in proportion to their length, whatever the patterns.
 */
export function redactorOf(patterns: readonly string[], isUsual: boolean): Redactor {
  const usual = isUsual ? USUAL_SECRETS : NOTHING;
  if (patterns.length === 0) return usual;
  const compiled = patterns.map(compile);
  return {
    args: (args) => maskWords(args, usual.args(args), compiled),
    text: (text) => {
      // Words at even places, what is between them at odd ones; a message has its command between backticks.
      const pieces = text.split(/([\s`"']+)/);
      const words = pieces.filter((_, index) => index % 2 === 0);
      const masked = maskWords(words, words, compiled);
      return usual.text(
        pieces.map((piece, index) => (index % 2 === 0 ? (masked[index / 2] ?? piece) : piece)).join(""),
      );
    },
    variable: (variable) => maskWords([variable], [usual.variable(variable)], compiled)[0] ?? MASK,
  };
}

function compile(pattern: string): MaskPattern {
  const [first = "", second] = pattern.split(" ");
  const value = second ?? first;
  return {
    before: second === undefined ? undefined : matcherOf(first),
    matches: matcherOf(value),
    prefix: value.includes("*") ? value.slice(0, value.indexOf("*")) : "",
  };
}

function matcherOf(pattern: string): Matcher {
  return wildcardMatcher(
    pattern.split(/(\*)/).map((piece) => (piece === "*" ? ANY_RUN : piece)),
    false,
  );
}

/** @param soFar the same words, perhaps masked already */
function maskWords(words: readonly string[], soFar: readonly string[], patterns: readonly MaskPattern[]): string[] {
  return words.map((word, index) => {
    const earlier = words[index - 1];
    const pattern = patterns.find(
      ({ before, matches }) => (before === undefined || (earlier !== undefined && before(earlier))) && matches(word),
    );
    return pattern === undefined ? (soFar[index] ?? word) : `${pattern.prefix}${MASK}`;
  });
}
