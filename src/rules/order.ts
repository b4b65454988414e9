import { compileFormula, conditionsOf, NEVER, type Formula } from "./formula.js";

interface Part<E> {
  readonly formula: Formula<E>;
  readonly isTrue: boolean;
  readonly fields: ReadonlySet<string>;
  readonly work: number;
}

/** What reads several fields, in conditions on one. */
const MUCH_WORK = 100;

/**
 * Orders what each of the formulas asks one after the other: first what this event does not fulfil, since others like it
 * will not, and of that what reads a field which most of the formulas have to read anyway.
 */
export function mostTellingFirst<E>(formulas: readonly Formula<E>[], event: E): Formula<E>[] {
  const all = formulas.map((formula) => partsOf(formula, event));
  const readers = new Map<string, number>();
  for (const parts of all) {
    const fields = new Set(parts.flatMap((part) => (part.isTrue ? [] : [...part.fields])));
    for (const field of fields) readers.set(field, (readers.get(field) ?? 0) + 1);
  }
  const readersOf = ({ fields }: Part<E>): number =>
    fields.size === 0 ? 0 : Math.min(...Array.from(fields, (field) => readers.get(field) ?? 0));
  return all.map((parts, index) => {
    const unordered = formulas[index];
    if (unordered?.kind !== "and") return unordered ?? NEVER;
    const sorted = parts
      .map((part) => ({ ...part, readers: readersOf(part) }))
      .sort((left, right) => {
        if (left.isTrue || right.isTrue) return Number(left.isTrue) - Number(right.isTrue);
        return right.readers - left.readers || left.work - right.work;
      });
    return { kind: "and", items: sorted.map(({ formula }) => formula) };
  });
}

function partsOf<E>(formula: Formula<E>, event: E): Part<E>[] {
  return (formula.kind === "and" ? formula.items : [formula]).map((part) => {
    const conditions = conditionsOf(part);
    return {
      formula: part,
      isTrue: compileFormula(part)(event),
      fields: new Set(conditions.map(({ field }) => field)),
      work: part.kind === "other" ? MUCH_WORK : conditions.length,
    };
  });
}
