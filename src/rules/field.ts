/** One value of a field, as JSON has it. */
export type Scalar = string | number | boolean;

/** The values of a field in one event. Missing is undefined, null or an empty array; they mean the same. */
export type Values = Scalar | readonly Scalar[] | null | undefined;

/** Gives the values of one field of an event. It is called per event, so it must not throw, and should not allocate. */
export type Accessor<E> = (event: E) => Values;

/**
 * Maps a field's name (ECS, dotted: `process.parent.name`) to how its values are had of an event. It is asked once,
 * when a query is compiled; undefined means that the event type has no such field.
 */
export type FieldResolver<E> = (field: string) => Accessor<E> | undefined;
