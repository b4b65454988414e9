import * as v from "valibot";

import { parseDuration, parseSize } from "./units.js";

/** A text that says something. */
export const text = v.pipe(v.string(), v.nonEmpty("must not be empty"));
export const absolutePath = v.pipe(
  v.string(),
  v.check((path) => path.startsWith("/"), "must be an absolute path"),
);
export const variableName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not a name of an environment variable"),
);

/** ECS keeps labels as a flat object of keywords, so a key may hold no dot. */
export const labelName = v.pipe(v.string(), v.regex(/^[^.\s]+$/, "must have neither dots nor spaces in its name"));
export const labelValue = v.pipe(
  v.union([v.string(), v.number(), v.boolean()], "must be a string, a number or a boolean"),
  v.transform(String),
);

/** A duration from `least` to `most`; the value is milliseconds. */
export function duration(least: string, most: string) {
  return v.pipe(
    v.string(),
    v.check(
      between(parseDuration, least, most),
      `must be a duration between "${least}" and "${most}", such as "${least}"`,
    ),
    v.transform((value) => parseDuration(value) ?? 0),
  );
}

/** A size from `least` to `most`; the value is bytes. */
export function size(least: string, most: string) {
  return v.pipe(
    v.string(),
    v.check(between(parseSize, least, most), `must be a size between "${least}" and "${most}", such as "${least}"`),
    v.transform((value) => parseSize(value) ?? 0),
  );
}

function between(parse: (text: string) => number | undefined, least: string, most: string): (text: string) => boolean {
  const low = parse(least) ?? 0;
  const high = parse(most) ?? 0;
  return (value) => {
    const parsed = parse(value);
    return parsed !== undefined && parsed >= low && parsed <= high;
  };
}
