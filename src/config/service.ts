import * as v from "valibot";

import { absolutePath } from "./values.js";

/** The tables of wallwatch.toml about the program as a service of its host. */
export const serviceSections = {
  state: v.optional(
    v.strictObject({
      /** What is kept from one run to the next. */
      path: v.optional(absolutePath, "/var/lib/wallwatch"),
    }),
    {},
  ),
};
