import { networkTest, type NetworkTest } from "../cidr.js";
import type { ArithmeticOperator, Value } from "./tree.js";
import { calculate, toNumber, toText, type Type } from "./value.js";

export interface Parameter {
  readonly name: string;
  readonly type: Type;
  /** It may be left out, or null. */
  readonly optional?: boolean;
  /** It may be null. A null for any other parameter makes the result null. */
  readonly nullable?: boolean;
}

/** The arguments of one call, in order, each of its parameter's type. A null for what may not be null never comes here. */
export type Arguments = readonly Value[];

export interface CallContext {
  /** The function was called as `name~`. */
  readonly ignoreCase: boolean;
  /** Some argument is written as a decimal number. */
  readonly decimal: boolean;
  /** The arguments that are constants; undefined for the others. */
  readonly constants: readonly (Value | undefined)[];
}

export interface FunctionDefinition {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** The last parameter may come more than once. */
  readonly variadic?: boolean;
  /** There is a `name~`. */
  readonly hasInsensitive?: boolean;
  /** Only the first argument may name a field. */
  readonly constantRest?: boolean;
  readonly result: Type;
  /** What is wrong with a constant argument, if anything is. */
  readonly refuse?: (constant: Value) => string | undefined;
  /** Prepares one call; what it returns is run for each combination of values. */
  readonly bind: (context: CallContext) => (args: Arguments) => Value;
}

const SOURCE: Parameter = { name: "source", type: "string" };

const DEFINITIONS: readonly FunctionDefinition[] = [
  arithmetic("add", "+"),
  arithmetic("subtract", "-"),
  arithmetic("multiply", "*"),
  arithmetic("divide", "/"),
  arithmetic("modulo", "%"),
  {
    name: "between",
    parameters: [
      SOURCE,
      { name: "left", type: "string" },
      { name: "right", type: "string" },
      { name: "greedy", type: "boolean", optional: true },
    ],
    hasInsensitive: true,
    result: "string",
    bind: ({ ignoreCase }) => {
      const fold = folding(ignoreCase);
      return ([source, left, right, greedy]) =>
        between(text(source), fold(text(source)), fold(text(left)), fold(text(right)), greedy === true);
    },
  },
  {
    name: "cidrMatch",
    parameters: [SOURCE, { name: "network", type: "string" }],
    variadic: true,
    constantRest: true,
    result: "boolean",
    refuse: (constant) =>
      networkTest(text(constant)) === undefined ? "expected an address or a network such as 10.0.0.0/8" : undefined,
    bind: ({ constants }) => {
      const isTest = (test: NetworkTest | undefined): test is NetworkTest => test !== undefined;
      const tests = constants
        .slice(1)
        .map((network) => networkTest(text(network)))
        .filter(isTest);
      return ([source]) => tests.some((test) => test(text(source)));
    },
  },
  {
    name: "concat",
    parameters: [{ name: "value", type: "any" }],
    variadic: true,
    result: "string",
    bind: () => (args) => args.map(text).join(""),
  },
  textTest("endsWith", "pattern", (source, pattern) => source.endsWith(pattern)),
  {
    name: "indexOf",
    parameters: [SOURCE, { name: "substring", type: "string" }, { name: "start", type: "number", optional: true }],
    hasInsensitive: true,
    result: "number",
    bind: ({ ignoreCase }) => {
      const fold = folding(ignoreCase);
      return ([source, substring, start]) => {
        const index = fold(text(source)).indexOf(fold(text(substring)), whole(start) ?? 0);
        return index < 0 ? null : index;
      };
    },
  },
  {
    name: "length",
    parameters: [SOURCE],
    result: "number",
    bind:
      () =>
      ([source]) =>
        text(source).length,
  },
  {
    name: "number",
    parameters: [SOURCE, { name: "base", type: "number", optional: true }],
    result: "number",
    bind:
      () =>
      ([source, base]) =>
        parseNumber(text(source), whole(base)),
  },
  textTest("startsWith", "pattern", (source, pattern) => source.startsWith(pattern)),
  {
    name: "string",
    parameters: [{ name: "value", type: "any" }],
    result: "string",
    bind:
      () =>
      ([value]) =>
        text(value),
  },
  textTest("stringContains", "substring", (source, part) => source !== "" && part !== "" && source.includes(part)),
  {
    name: "substring",
    // Left out it is an error; null, such as of a field that is missing, leaves the source as it is.
    parameters: [
      SOURCE,
      { name: "start", type: "number", nullable: true },
      { name: "end", type: "number", optional: true },
    ],
    result: "string",
    // JavaScript's slice counts negative ends from the right, as EQL does.
    bind:
      () =>
      ([source, start, end]) =>
        typeof start === "number" ? text(source).slice(whole(start) ?? 0, whole(end) ?? undefined) : text(source),
  },
];

const BY_NAME = new Map(DEFINITIONS.map((definition) => [definition.name.toLowerCase(), definition]));

/** The names of all functions, as they are documented. */
export const FUNCTION_NAMES: readonly string[] = DEFINITIONS.map(({ name }) => name).sort();

/** @param name in any case */
export function findFunction(name: string): FunctionDefinition | undefined {
  return BY_NAME.get(name.toLowerCase());
}

function arithmetic(name: string, operator: ArithmeticOperator): FunctionDefinition {
  return {
    name,
    parameters: [
      { name: "left", type: "number" },
      { name: "right", type: "number" },
    ],
    result: "number",
    bind:
      ({ decimal }) =>
      ([left = null, right = null]) =>
        calculate(operator, left, right, decimal),
  };
}

function textTest(name: string, other: string, test: (source: string, other: string) => boolean): FunctionDefinition {
  return {
    name,
    parameters: [SOURCE, { name: other, type: "string" }],
    hasInsensitive: true,
    result: "boolean",
    bind: ({ ignoreCase, constants: [, constant] }) => {
      const fold = folding(ignoreCase);
      const folded = typeof constant === "string" ? fold(constant) : undefined;
      return ([left, right]) => test(fold(text(left)), folded ?? fold(text(right)));
    },
  };
}

/** Between the first `left` and the next `right`, or the last one if it is greedy; empty where there is none. */
function between(source: string, folded: string, left: string, right: string, greedy: boolean): string {
  if (source === "" || left === "" || right === "") return source;
  const found = folded.indexOf(left);
  if (found < 0) return "";
  const start = found + left.length;
  const end = greedy ? folded.lastIndexOf(right) : folded.indexOf(right, start);
  return end < start ? "" : source.slice(start, end);
}

/** `0x` stands for base 16 where none is given. Null for what is no number of that base. */
function parseNumber(source: string, base: number | null): number | null {
  const hexadecimal = source.startsWith("0x");
  const radix = base ?? (hexadecimal ? 16 : 10);
  if (radix === 10) return toNumber(source);
  const digits = hexadecimal && radix === 16 ? source.slice(2) : source;
  if (radix < 2 || radix > 36 || !/^[+-]?[0-9A-Za-z]+$/.test(digits)) return null;
  const allValid = Array.from(digits.replace(/^[+-]/, "")).every((digit) => parseInt(digit, 36) < radix);
  return allValid ? parseInt(digits, radix) : null;
}

function text(value: Value | undefined): string {
  return value === null || value === undefined ? "" : toText(value);
}

function whole(value: Value | undefined): number | null {
  return typeof value === "number" ? Math.trunc(value) : null;
}

/** Lower case for ASCII letters only, so that places in the string stay the same. */
function folding(ignoreCase: boolean): (text: string) => string {
  return ignoreCase ? (text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : (text) => text;
}
