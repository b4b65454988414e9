import * as v from "valibot";

const pattern = v.pipe(
  v.string(),
  v.regex(/^[^\s]+(?: [^\s]+)?$/, "must be one word, or two with one space between"),
  v.regex(/[^*\s]/, "must hold more than *"),
  v.maxLength(1000, "must have at most 1000 characters"),
);

/** `[redaction]`: which arguments and environment variables are masked before anything is written down or sent. */
export const redaction = v.strictObject({
  /** Whether the usual forms of secrets are masked. */
  usual: v.optional(v.boolean(), true),
  /** Further ones, with `*` for anything. */
  patterns: v.optional(v.array(pattern), []),
});
