import { nearestName } from "../../toml/nearest.js";
import { QueryError } from "../error.js";
import { findFunction, FUNCTION_NAMES, type FunctionDefinition, type Parameter } from "./functions.js";
import type { Call, Comparison, EventFilter, Expression, Matching, Membership } from "./tree.js";
import type { Type } from "./value.js";
import { fieldsOf, isConstant } from "./walk.js";

/** Checks functions, arguments and types of a query as far as they can be known without an event. @throws QueryError */
export function checkFilter(text: string, { condition }: EventFilter): void {
  new Checker(text).condition(condition);
}

class Checker {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** What decides whether an event matches: `and`, `or` and `not` down to what they combine. */
  condition(expression: Expression): void {
    if (expression.kind === "and" || expression.kind === "or") {
      for (const operand of expression.operands) this.condition(operand);
    } else if (expression.kind === "not") {
      this.condition(expression.operand);
    } else {
      this.#expect(expression, "boolean", "a condition");
    }
  }

  #typeOf(expression: Expression): Type {
    switch (expression.kind) {
      case "literal":
        return expression.value === null ? "null" : (typeof expression.value as Type);
      case "field":
        return "any";
      case "call":
        return this.#checkCall(expression);
      case "negate":
        this.#expect(expression.operand, "number", "the operand of `-`");
        return "number";
      case "arithmetic":
        this.#expect(expression.left, "number", `the left side of \`${expression.operator}\``);
        this.#expect(expression.right, "number", `the right side of \`${expression.operator}\``);
        return "number";
      case "comparison":
        this.#typeOf(expression.left);
        this.#typeOf(expression.right);
        this.#checkSides(expression);
        return "boolean";
      case "membership":
        this.#checkMembership(expression);
        return "boolean";
      case "matching":
        this.#checkMatching(expression);
        return "boolean";
      case "not":
        this.#expect(expression.operand, "boolean", "the operand of `not`");
        return "boolean";
      case "and":
      case "or":
        for (const operand of expression.operands)
          this.#expect(operand, "boolean", `an operand of \`${expression.kind}\``);
        return "boolean";
    }
  }

  #expect(expression: Expression, wanted: Type, role: string): void {
    const type = this.#typeOf(expression);
    const isNull = expression.kind === "literal" && type === "null" && wanted !== "boolean";
    if (wanted === "any" || type === "any" || type === wanted || isNull) return;
    throw this.#error(expression, `${role} must be a ${wanted}, and this is ${type === "null" ? "null" : `a ${type}`}`);
  }

  /** Elasticsearch compares a field, or what is calculated from fields, with a constant only. */
  #checkSides({ left, right }: Comparison): void {
    if (isConstant(left) || isConstant(right)) return;
    const [field] = fieldsOf(right);
    throw this.#error(field ?? right, "fields can't be compared with each other; expected a constant on one side");
  }

  #checkMembership({ operator, operand, values }: Membership): void {
    const ofOperand = this.#typeOf(operand);
    let wanted: Type = operator === "in~" ? "string" : ofOperand === "null" ? "any" : ofOperand;
    if (operator === "in~") this.#expect(operand, "string", "what `in~` looks for");
    for (const value of values) {
      const [field] = fieldsOf(value);
      if (field !== undefined)
        throw this.#error(field, "expected a constant; fields can't be compared with each other");
      const type = this.#typeOf(value);
      this.#expect(value, wanted, "a value of this list");
      if (wanted === "any" && type !== "null") wanted = type;
    }
  }

  #checkMatching({ operator, operand, patterns }: Matching): void {
    this.#expect(operand, "string", `the left side of \`${operator}\``);
    for (const pattern of patterns) {
      if (typeof pattern.value === "string") continue;
      throw this.#error(pattern, `expected a string after \`${operator}\`; use \`==\` or \`in\` for other values`);
    }
  }

  #checkCall(call: Call): Type {
    const definition = findFunction(call.name);
    if (definition === undefined) {
      throw this.#error(call, `unknown function \`${call.name}\`; ${functionHint(call.name)}`);
    }
    if (call.ignoreCase && definition.hasInsensitive !== true) {
      throw this.#error(call, `\`${definition.name}\` has no form with \`~\`; case has no part in it`);
    }
    this.#checkCount(call, definition);
    call.args.forEach((argument, index) => {
      const parameter = parameterAt(definition, index);
      this.#expect(argument, parameter.type, `the argument "${parameter.name}" of ${definition.name}`);
      this.#checkConstant(argument, definition, index);
    });
    return definition.result;
  }

  #checkCount(call: Call, { name, parameters, variadic }: FunctionDefinition): void {
    const least = parameters.filter(({ optional }) => optional !== true).length;
    const most = variadic === true ? Infinity : parameters.length;
    if (call.args.length >= least && call.args.length <= most) return;
    const count = most === Infinity ? `${least} or more` : least === most ? `${least}` : `${least} to ${most}`;
    const names = parameters.map((parameter) => parameter.name).join(", ");
    const plural = count === "1" ? "argument" : "arguments";
    throw this.#error(call, `${name} takes ${count} ${plural} (${names}), and here are ${call.args.length}`);
  }

  #checkConstant(argument: Expression, definition: FunctionDefinition, index: number): void {
    if (definition.constantRest !== true || index === 0) return;
    if (argument.kind !== "literal") throw this.#error(argument, `${definition.name} expects a constant here`);
    const refusal = definition.refuse?.(argument.value);
    if (refusal !== undefined) throw this.#error(argument, refusal);
  }

  #error({ offset }: { readonly offset: number }, reason: string): QueryError {
    return new QueryError(this.#text, offset, reason);
  }
}

/** Functions of EQL's first implementation, and what Elasticsearch has in place of them. */
const REPLACED: ReadonlyMap<string, string> = new Map([
  ["match", "`regex`"],
  ["matchlite", "`regex~`"],
  ["wildcard", "`:` or `like`"],
]);

function functionHint(name: string): string {
  const operator = REPLACED.get(name.toLowerCase());
  if (operator !== undefined) return `write it with the operator ${operator}`;
  const nearest = nearestName(name, FUNCTION_NAMES);
  return nearest === undefined ? `expected one of ${FUNCTION_NAMES.join(", ")}` : `did you mean \`${nearest}\`?`;
}

/** The parameter that an argument is for; the last one is that of all further arguments. */
export function parameterAt({ parameters }: FunctionDefinition, index: number): Parameter {
  return parameters[index] ?? parameters.at(-1) ?? { name: "", type: "any" };
}
