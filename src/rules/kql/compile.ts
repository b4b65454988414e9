import { wildcardMatcher } from "../automaton/wildcard.js";
import { documentResolver, type JsonDocument } from "../document.js";
import { QueryError, UnsupportedQuery } from "../error.js";
import type { Accessor, FieldResolver } from "../field.js";
import { ALWAYS, compileFormula, hasValue, type Formula, type Predicate, type ValueTest } from "../formula.js";
import type { CompileOptions, Query } from "../query.js";
import { DATE_MATH_REFUSED, isDateMath, rangeMatcher } from "../range.js";
import { documentFields, type KqlFields } from "./fields.js";
import { parseKql } from "./parser.js";
import { requiredValues } from "./required.js";
import type { KqlNode, Literal } from "./tree.js";
import { valueMatcher } from "./value.js";

export interface KqlOptions<E> extends CompileOptions {
  /** What the events give beyond single fields; by default nothing. */
  readonly kqlFields?: KqlFields<E>;
}

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
  const compiler = new Compiler(names, resolve, options.kqlFields ?? {}, "");
  const matches = compileFormula(compiler.formula(tree));
  return {
    fields: [...names.all].sort(),
    unknownFields: [...names.unknown].sort(),
    eventCategory: undefined,
    pipes: [],
    matches,
    requiredValues: (field) => requiredValues(tree, field),
    // Its names are known by now.
    formula: () => compiler.formula(tree),
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

  formula(node: KqlNode): Formula<E> {
    switch (node.kind) {
      case "everything":
        return ALWAYS;
      case "and":
        return { kind: "and", items: node.operands.map((operand) => this.formula(operand)) };
      case "or":
        return { kind: "or", items: this.alternatives(node.operands) };
      case "not":
        return { kind: "not", item: this.formula(node.operand) };
      case "is":
        return this.anyValue(node.field, valueMatcher(node.field.text, [node.value]));
      case "exists":
        return this.exists(node.field);
      case "range":
        if (isDateMath(node.bound.text)) {
          throw this.unsupported(node.bound, DATE_MATH_REFUSED);
        }
        return this.anyValue(node.field, rangeMatcher(node.operator, node.bound.text, node.field.text));
      case "nested":
        return { kind: "other", holds: this.nested(node.field, node.query) };
    }
  }

  /** Values asked of one field are one test: `process.name:(a or b or …)` reads the field once. */
  private alternatives(operands: readonly KqlNode[]): Formula<E>[] {
    const values = new Map<string, { field: Literal; literals: Literal[] }>();
    const others: Formula<E>[] = [];
    for (const operand of operands) {
      if (operand.kind !== "is") {
        others.push(this.formula(operand));
        continue;
      }
      const key = operand.field.text + (operand.field.pattern === undefined ? "" : " (pattern)");
      const group = values.get(key);
      if (group === undefined) values.set(key, { field: operand.field, literals: [operand.value] });
      else group.literals.push(operand.value);
    }
    const grouped = Array.from(values.values(), ({ field, literals }) =>
      this.anyValue(field, valueMatcher(field.text, literals)),
    );
    return [...grouped, ...others];
  }

  private anyValue(field: Literal, test: ValueTest): Formula<E> {
    return { kind: "test", field: field.text, values: this.accessor(field), test };
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
  private exists(field: Literal): Formula<E> {
    const below = field.pattern === undefined ? this.fields.below?.(field.text) : undefined;
    if (below !== undefined && this.resolve(field.text) === undefined) {
      this.names.all.add(this.prefix + field.text);
      return { kind: "other", holds: below };
    }
    const values = this.accessor(field);
    const exists: Formula<E> = { kind: "exists", field: field.text, values };
    if (below === undefined) return exists;
    // What lies below a field is not among its values.
    return { kind: "other", holds: (event) => hasValue(values(event)) || below(event) };
  }

  private nested(field: Literal, query: KqlNode): Predicate<E> {
    const objects = this.fields.objects;
    if (objects === undefined || field.pattern !== undefined) {
      throw this.unsupported(field, "a nested query is evaluated only on JSON documents, below one named field");
    }
    this.expectKnown(field);
    const within = compileFormula(
      new Compiler<JsonDocument>(this.names, documentResolver, documentFields, `${this.prefix}${field.text}.`).formula(
        query,
      ),
    );
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
