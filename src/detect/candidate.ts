import type { Values } from "../rules/field.js";
import type { NestedDocument } from "./document.js";

/** What detection has to know of one exec, whether it happens now or was recorded: so both give the same ids. */
export interface Candidate {
  /** `event.id` */
  readonly eventId: string;
  /** What the lineage of its descendants calls this exec. */
  readonly execId: string;
  /** The moment of the exec, ms since 1970. */
  readonly time: number;
  /** The execs that its creators run, as far as they are known, nearest first. */
  readonly lineage: readonly string[];
  /** The exec of its parent; where that is not known, the parent itself. */
  readonly parentId: string | undefined;
  readonly actor: Actor;
  /** The exec's ECS document, nested; a new one with each call. */
  document(): NestedDocument;
}

/** Who executed what, as far as one of them is to be told from another. */
export interface Actor {
  readonly executable: string | undefined;
  /** Id of the effective user. */
  readonly user: string | undefined;
  /** The container, or else the login session; undefined for services of the host. */
  readonly session: string | undefined;
  readonly container: string | undefined;
}

/** How detection sees events of one type. */
export interface EventView<E> {
  /** The values of `process.name`. */
  names(event: E): Values;
  /** The fields of which the event does not have all that there was. Asked per event, so it should not allocate. */
  incompleteFields(event: E): readonly string[];
  candidate(event: E): Candidate;
}

const WHOLE: readonly string[] = [];

/** What rules read of an argv. `process.args_count` is not among them: it is exact even where argv is cut. */
const ARGS_FIELDS: readonly string[] = ["process.args", "process.command_line"];
const PARENT_ARGS_FIELDS: readonly string[] = ["process.parent.args", "process.parent.command_line"];
const ENVIRONMENT_FIELDS: readonly string[] = ["process.env_vars"];

/** Made once for each combination: an event that is whole, as nearly all are, costs nothing. */
const COMBINATIONS: readonly (readonly string[])[] = Array.from({ length: 8 }, (_, bits) => [
  ...(bits & 1 ? ARGS_FIELDS : []),
  ...(bits & 2 ? PARENT_ARGS_FIELDS : []),
  ...(bits & 4 ? ENVIRONMENT_FIELDS : []),
]);

/** The fields that rules read of it. */
export function incompleteFields(args: boolean, parentArgs: boolean, environment: boolean): readonly string[] {
  return COMBINATIONS[Number(args) + 2 * Number(parentArgs) + 4 * Number(environment)] ?? WHOLE;
}
