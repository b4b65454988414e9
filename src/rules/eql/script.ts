import { QueryError } from "../error.js";
import type { Accessor, Scalar, Values } from "../field.js";
import type { ValueTest } from "../formula.js";
import { parameterAt } from "./check.js";
import { findFunction, type Arguments } from "./functions.js";
import { MAX_COMBINATIONS, MAX_OCCURRENCES } from "./limits.js";
import type { Call, Comparison, Expression, Field, Logic, Value } from "./tree.js";
import { calculate, coerce, compare, type Type } from "./value.js";
import { matchingTest, membershipTest } from "./value_test.js";
import { isConstant, isDecimal } from "./walk.js";

/*
 * Conditions on what is calculated from fields. Elasticsearch runs them as scripts: each occurrence of a field takes
 * each of that field's values in turn, null if there is none, and the condition holds if it does for some combination.
 * Within it null makes null, and null in the end is false.
 */

type Evaluator = () => Value;

/** One occurrence of a field: what it stands for in the combination that is tried. */
interface Slot<E> {
  readonly accessor: Accessor<E>;
  value: Value;
}

/**
 * Compiles a condition.
 *
 * @param wanted what it must evaluate to: true, or null for `… == null`
 * @param text the query, for the places of errors
 * @throws QueryError for a wrong regular expression, and for too many fields
 */
export function compileScript<E>(
  text: string,
  expression: Expression,
  wanted: true | null,
  accessorOf: (field: string) => Accessor<E>,
): (event: E) => boolean {
  const compiler = new ScriptCompiler(text, accessorOf);
  const evaluate = compiler.compile(expression, "any");
  const slots = compiler.slots;
  const [only, ...others] = slots;
  if (only === undefined) return () => evaluate() === wanted;
  if (others.length > 0) return (event) => someCombination(event, slots, () => evaluate() === wanted);
  return (event) => {
    const values = only.accessor(event);
    if (!isArray(values)) {
      only.value = values ?? null;
      return evaluate() === wanted;
    }
    if (values.length === 0) {
      only.value = null;
      return evaluate() === wanted;
    }
    for (const value of values) {
      only.value = value;
      if (evaluate() === wanted) return true;
    }
    return false;
  };
}

/** The value of an expression that names no field. */
export function evaluateConstant(text: string, expression: Expression): Value {
  return new ScriptCompiler<never>(text, () => () => undefined).compile(expression, "any")();
}

function someCombination<E>(event: E, slots: readonly Slot<E>[], holds: () => boolean): boolean {
  const values = slots.map(({ accessor }) => listOf(accessor(event)));
  let left = MAX_COMBINATIONS;
  const tryFrom = (index: number): boolean => {
    const slot = slots[index];
    if (slot === undefined) return left-- > 0 && holds();
    return (values[index] ?? []).some((value) => {
      slot.value = value;
      return left > 0 && tryFrom(index + 1);
    });
  };
  return tryFrom(0);
}

function listOf(values: Values): readonly Value[] {
  if (!isArray(values)) return [values ?? null];
  return values.length === 0 ? [null] : values;
}

function isArray(values: Values): values is readonly Scalar[] {
  return Array.isArray(values);
}

class ScriptCompiler<E> {
  readonly slots: Slot<E>[] = [];
  readonly #text: string;
  readonly #accessorOf: (field: string) => Accessor<E>;

  constructor(text: string, accessorOf: (field: string) => Accessor<E>) {
    this.#text = text;
    this.#accessorOf = accessorOf;
  }

  /** @param type what a field is to be taken for */
  compile(expression: Expression, type: Type): Evaluator {
    switch (expression.kind) {
      case "literal": {
        const { value } = expression;
        return () => value;
      }
      case "field":
        return this.#field(expression, type);
      case "call":
        return this.#call(expression);
      case "negate": {
        const operand = this.compile(expression.operand, "number");
        return () => calculate("-", 0, operand(), true);
      }
      case "arithmetic": {
        const left = this.compile(expression.left, "number");
        const right = this.compile(expression.right, "number");
        const { operator } = expression;
        const decimal = isDecimal(expression);
        return () => calculate(operator, left(), right(), decimal);
      }
      case "comparison":
        return this.#comparison(expression);
      case "membership": {
        const constants = constantsOf(this.#text, expression.values);
        const test = membershipTest(constants, expression.operator === "in~");
        return this.#test(expression.operand, typeOfFirst(constants), test);
      }
      case "matching":
        return this.#test(expression.operand, "string", matchingTest(this.#text, expression));
      case "not": {
        const operand = this.compile(expression.operand, "boolean");
        return () => negate(operand());
      }
      case "and":
      case "or":
        return this.#logic(expression);
    }
  }

  #field({ name, offset }: Field, type: Type): Evaluator {
    if (this.slots.length >= MAX_OCCURRENCES) {
      throw new QueryError(this.#text, offset, `more than ${MAX_OCCURRENCES} fields in one comparison`);
    }
    const slot: Slot<E> = { accessor: this.#accessorOf(name), value: null };
    this.slots.push(slot);
    return () => coerce(slot.value, type);
  }

  #call(call: Call): Evaluator {
    const definition = findFunction(call.name);
    if (definition === undefined) return () => null;
    const parameters = call.args.map((_, index) => parameterAt(definition, index));
    const evaluators = call.args.map((argument, index) => this.compile(argument, parameters[index]?.type ?? "any"));
    const run = definition.bind({
      ignoreCase: call.ignoreCase,
      decimal: isDecimal(call),
      constants: call.args.map((argument) =>
        isConstant(argument) ? evaluateConstant(this.#text, argument) : undefined,
      ),
    });
    const args: Value[] = evaluators.map(() => null);
    const needed = parameters.map(({ optional, nullable }) => optional !== true && nullable !== true);
    return () => {
      for (let index = 0; index < evaluators.length; index++) {
        const value = evaluators[index]?.() ?? null;
        if (value === null && needed[index] === true) return null;
        args[index] = value;
      }
      return run(args satisfies Arguments);
    };
  }

  #comparison({ operator, left, right }: Comparison): Evaluator {
    const compareNull = isNullLiteral(left) ? right : isNullLiteral(right) ? left : undefined;
    if (compareNull !== undefined && (operator === "==" || operator === "!=")) {
      const operand = this.compile(compareNull, "any");
      return () => (operand() === null) === (operator === "==");
    }
    const leftValue = this.compile(left, literalType(right));
    const rightValue = this.compile(right, literalType(left));
    return () => compare(operator, leftValue(), rightValue());
  }

  #test(operand: Expression, type: Type, test: ValueTest): Evaluator {
    const evaluate = this.compile(operand, type);
    return () => {
      const value = evaluate();
      return value === null ? null : test(value);
    };
  }

  /** Three-valued: null unless one operand decides. */
  #logic({ kind, operands }: Logic): Evaluator {
    const evaluators = operands.map((operand) => this.compile(operand, "boolean"));
    const deciding = kind === "or";
    return () => {
      let result: Value = !deciding;
      for (const evaluate of evaluators) {
        const value = evaluate();
        if (value === deciding) return deciding;
        if (value === null) result = null;
      }
      return result;
    };
  }
}

/** The constants of a list but for nulls, which no value equals. */
export function constantsOf(text: string, values: readonly Expression[]): readonly Scalar[] {
  return values.map((value) => evaluateConstant(text, value)).filter((value) => value !== null);
}

function typeOfFirst([first]: readonly Scalar[]): Type {
  return first === undefined ? "any" : (typeof first as Type);
}

function literalType(expression: Expression): Type {
  return expression.kind === "literal" && expression.value !== null ? (typeof expression.value as Type) : "any";
}

function isNullLiteral(expression: Expression): boolean {
  return expression.kind === "literal" && expression.value === null;
}

function negate(value: Value): Value {
  return typeof value === "boolean" ? !value : null;
}
