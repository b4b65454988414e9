import { QueryError, UnsupportedQuery } from "../error.js";
import type { Accessor, FieldResolver } from "../field.js";
import { compileFormula, type Formula } from "../formula.js";
import { DEFAULT_EVENT_CATEGORY_FIELD, type CompileOptions, type Query } from "../query.js";
import { checkFilter } from "./check.js";
import { conditionOf, type Condition } from "./condition.js";
import { formulaOf } from "./formula.js";
import { parseEql, parseEqlCondition } from "./parser.js";
import { requiredValuesOf } from "./required.js";
import type { EventQuery, Field } from "./tree.js";
import { fieldsOf } from "./walk.js";

/**
 * Compiles an EQL event query.
 *
 * @throws UnsupportedQuery for a sequence, a sample, and what else Elasticsearch's EQL has for several events
 * @throws QueryError for what is no EQL
 */
export function compileEql<E>(text: string, resolve: FieldResolver<E>, options: CompileOptions = {}): Query<E> {
  const tree = parseEql(text);
  if (tree.kind !== "event") {
    for (const subquery of [...tree.subqueries, ...(tree.until === undefined ? [] : [tree.until])]) {
      checkFilter(text, subquery);
    }
    throw new UnsupportedQuery(
      text,
      tree.offset,
      `a ${tree.kind} is about several events; only queries for one are evaluated`,
    );
  }
  return compileTree(text, tree, resolve, options);
}

/**
 * Compiles an EQL condition that stands by itself: what follows `where` in a query, for events of any category.
 *
 * @throws QueryError
 */
export function compileEqlCondition<E>(
  text: string,
  resolve: FieldResolver<E>,
  options: CompileOptions = {},
): Query<E> {
  return compileTree(text, parseEqlCondition(text), resolve, options);
}

function compileTree<E>(text: string, tree: EventQuery, resolve: FieldResolver<E>, options: CompileOptions): Query<E> {
  checkFilter(text, tree);
  const fields = usedFields(tree, options.eventCategoryField ?? DEFAULT_EVENT_CATEGORY_FIELD);
  checkKnown(text, fields, options.isKnownField);
  const names = [...new Set(fields.map(({ name }) => name))].sort();
  const accessors = new Map(names.map((name) => [name, resolve(name)]));
  const condition = wholeCondition(text, tree, fields[0]);
  const accessorOf = (name: string): Accessor<E> => accessors.get(name) ?? missing;
  const formula = (): Formula<E> => formulaOf(text, condition, accessorOf);
  return {
    fields: names,
    unknownFields: names.filter((name) => accessors.get(name) === undefined),
    eventCategory: tree.category,
    pipes: tree.pipes,
    matches: compileFormula(formula()),
    requiredValues: (field) => requiredValuesOf(condition, field),
    formula,
  };
}

/** The event category's field, if it is asked for, comes first. */
function usedFields({ category, condition, offset }: EventQuery, categoryField: string): readonly Field[] {
  const fields = fieldsOf(condition);
  return category === undefined ? fields : [{ kind: "field", name: categoryField, optional: false, offset }, ...fields];
}

function checkKnown(text: string, fields: readonly Field[], isKnown: CompileOptions["isKnownField"]): void {
  if (isKnown === undefined) return;
  for (const { name, optional, offset } of fields) {
    if (optional || isKnown(name)) continue;
    throw new QueryError(text, offset, `unknown field \`${name}\`; write \`?${name}\` if it need not exist`);
  }
}

function wholeCondition(
  text: string,
  { category, condition }: EventQuery,
  categoryField: Field | undefined,
): Condition {
  const rest = conditionOf(text, condition);
  if (category === undefined || categoryField === undefined) return rest;
  const isCategory: Condition = {
    kind: "test",
    field: categoryField,
    test: { kind: "compare", operator: "==", constant: category },
  };
  return { kind: "and", items: [isCategory, rest] };
}

function missing(): undefined {
  return undefined;
}
