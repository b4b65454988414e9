import type { Accessor, Values } from "./field.js";
import type { Formula } from "./formula.js";

/** Reads each field of an event once, however many rules ask for it. */
export class FieldReader<E> {
  readonly #accessors = new Map<string, Accessor<E>>();
  #turn = 0;
  #event: E | undefined;

  /** From now on this event is read, which must not change until the next one is. Of others nothing is kept. */
  turnTo(event: E): void {
    this.#turn++;
    this.#event = event;
  }

  /** @param values how the field is had, if it was not asked for before */
  accessor(field: string, values: Accessor<E>): Accessor<E> {
    let accessor = this.#accessors.get(field);
    if (accessor === undefined) {
      accessor = this.#keeping(values);
      this.#accessors.set(field, accessor);
    }
    return accessor;
  }

  /** The same formula, with its fields read by this. */
  readBy(formula: Formula<E>): Formula<E> {
    switch (formula.kind) {
      case "constant":
      case "other":
        return formula;
      case "exists":
      case "test":
        return { ...formula, values: this.accessor(formula.field, formula.values) };
      case "not":
        return { kind: "not", item: this.readBy(formula.item) };
      case "and":
      case "or":
        return { kind: formula.kind, items: formula.items.map((item) => this.readBy(item)) };
    }
  }

  #keeping(accessor: Accessor<E>): Accessor<E> {
    let turn = 0;
    let values: Values;
    return (event) => {
      if (event !== this.#event) return accessor(event);
      if (turn !== this.#turn) {
        values = accessor(event);
        turn = this.#turn;
      }
      return values;
    };
  }
}
