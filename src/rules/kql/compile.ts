import { wildcardMatcher } from "../automaton/wildcard.js";
import { documentResolver, type JsonDocument } from "../document.js";
import { QueryError, UnsupportedQuery } from "../error.js";
import type { Accessor, FieldResolver } from "../field.js";
import type { CompileOptions, Query } from "../query.js";
import { DATE_MATH_REFUSED, isDateMath, rangeMatcher } from "../range.js";
import { documentFields, type KqlFields } from "./fields.js";
import { necessaryQuery } from "./necessary.js";
import { parseKql } from "./parser.js";
import { requiredValues } from "./required.js";
import type { KqlNode, Literal } from "./tree.js";
import { anyValue, hasValue, valueMatcher } from "./value.js";

export interface KqlOptions<E> extends CompileOptions {
  /** What the events give beyond single fields; by default nothing. */
  readonly kqlFields?: KqlFields<E>;
}

type Test<E> = (event: E) => boolean;

/**
 * Compiles KQL. It has no pipes and no event category of its own.
 *
 * @throws {QueryError} if the text is no KQL, is beyond the parser's bounds, or names a field that
 *   `options.isKnownField` does not know
 * @throws {UnsupportedQuery} for free text, dates relative to now, and what `options.kqlFields` can't give
 */
export function compileKql<E>(text: string, resolve: FieldResolver<E>, options: KqlOptions<E> = {}): Query<E> {
  const tree = parseKql(text);
  const names: Names = { text, all: new Set(), unknown: new Set(), isKnown: options.isKnownField ?? (() => true) };
  const matches = new Compiler(names, resolve, options.kqlFields ?? {}, "").test(tree);
  return {
    fields: [...names.all].sort(),
    unknownFields: [...names.unknown].sort(),
    eventCategory: undefined,
    pipes: [],
    matches,
    requiredValues: (field) => requiredValues(tree, field),
    necessary: (some) => {
      const necessary = necessaryQuery(tree, some);
      // Its names are known already.
      const known: Names = { text, all: new Set(), unknown: new Set(), isKnown: () => true };
      return necessary && new Compiler(known, resolve, options.kqlFields ?? {}, "").test(necessary);
    },
  };
}

/** The query's text, and the names of fields met in it. */
interface Names {
  readonly text: string;
  readonly all: Set<string>;
  readonly unknown: Set<string>;
  readonly isKnown: (field: string) => boolean;
}

class Compiler<E> {
  /** @param prefix what stands before each field's name: the path of the nested query, with its dot */
  constructor(
    private readonly names: Names,
    private readonly resolve: FieldResolver<E>,
    private readonly fields: KqlFields<E>,
    private readonly prefix: string,
  ) {}

  test(node: KqlNode): Test<E> {
    switch (node.kind) {
      case "everything":
        return () => true;
      case "and":
        return allOf(node.operands.map((operand) => this.test(operand)));
      case "or":
        return anyOf(this.alternatives(node.operands));
      case "not": {
        const test = this.test(node.operand);
        return (event) => !test(event);
      }
      case "is":
        return anyValue(this.accessor(node.field), valueMatcher(node.field.text, [node.value]));
      case "exists":
        return this.exists(node.field);
      case "range":
        if (isDateMath(node.bound.text)) {
          throw this.unsupported(node.bound, DATE_MATH_REFUSED);
        }
        return anyValue(this.accessor(node.field), rangeMatcher(node.operator, node.bound.text));
      case "nested":
        return this.nested(node.field, node.query);
    }
  }

  /** Values asked of one field are one test: `process.name:(a or b or …)` reads the field once. */
  private alternatives(operands: readonly KqlNode[]): Test<E>[] {
    const values = new Map<string, { field: Literal; literals: Literal[] }>();
    const others: Test<E>[] = [];
    for (const operand of operands) {
      if (operand.kind !== "is") {
        others.push(this.test(operand));
        continue;
      }
      const key = operand.field.text + (operand.field.pattern === undefined ? "" : " (pattern)");
      const group = values.get(key);
      if (group === undefined) values.set(key, { field: operand.field, literals: [operand.value] });
      else group.literals.push(operand.value);
    }
    const grouped = Array.from(values.values(), ({ field, literals }) =>
      anyValue(this.accessor(field), valueMatcher(field.text, literals)),
    );
    return [...grouped, ...others];
  }

  private accessor(field: Literal): Accessor<E> {
    const name = this.prefix + field.text;
    this.names.all.add(name);
    if (field.pattern !== undefined) return this.matching(field, wildcardMatcher(field.pattern, false));
    this.expectKnown(field);
    const accessor = this.resolve(field.text);
    if (accessor !== undefined) return accessor;
    this.names.unknown.add(name);
    return missing;
  }

  private matching(field: Literal, accepts: (field: string) => boolean): Accessor<E> {
    if (this.fields.matching === undefined) {
      throw this.unsupported(field, "a pattern of field names is not evaluated on these events: name the fields");
    }
    const accessor = this.fields.matching(accepts);
    if (accessor !== undefined) return accessor;
    this.names.unknown.add(this.prefix + field.text);
    return missing;
  }

  /** A field exists if it has a value; an object's name, if any field below it has one. */
  private exists(field: Literal): Test<E> {
    const below = field.pattern === undefined ? this.fields.below?.(field.text) : undefined;
    if (below !== undefined && this.resolve(field.text) === undefined) {
      this.names.all.add(this.prefix + field.text);
      return below;
    }
    const values = this.accessor(field);
    if (below === undefined) return (event) => hasValue(values(event));
    return (event) => hasValue(values(event)) || below(event);
  }

  private nested(field: Literal, query: KqlNode): Test<E> {
    const objects = this.fields.objects;
    if (objects === undefined || field.pattern !== undefined) {
      throw this.unsupported(field, "a nested query is evaluated only on JSON documents, below one named field");
    }
    this.expectKnown(field);
    const within = new Compiler<JsonDocument>(
      this.names,
      documentResolver,
      documentFields,
      `${this.prefix}${field.text}.`,
    ).test(query);
    const objectsAt = objects(field.text);
    return (event) => objectsAt(event).some(within);
  }

  private expectKnown(field: Literal): void {
    const name = this.prefix + field.text;
    if (!this.names.isKnown(name)) throw new QueryError(this.names.text, field.offset, `unknown field "${name}"`);
  }

  private unsupported(at: Literal, reason: string): UnsupportedQuery {
    return new UnsupportedQuery(this.names.text, at.offset, reason);
  }
}

const missing = (): undefined => undefined;

function allOf<E>(tests: readonly Test<E>[]): Test<E> {
  const [first, second] = tests;
  if (tests.length === 2 && first !== undefined && second !== undefined)
    return (event) => first(event) && second(event);
  return (event) => {
    for (const test of tests) if (!test(event)) return false;
    return true;
  };
}

function anyOf<E>(tests: readonly Test<E>[]): Test<E> {
  const [first, second] = tests;
  if (tests.length === 1 && first !== undefined) return first;
  if (tests.length === 2 && first !== undefined && second !== undefined)
    return (event) => first(event) || second(event);
  return (event) => {
    for (const test of tests) if (test(event)) return true;
    return false;
  };
}
