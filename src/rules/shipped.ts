import { fileURLToPath } from "node:url";

/** The folder of the rules that come with wallwatch. */
export const SHIPPED_RULES = fileURLToPath(new URL("../../../rules/", import.meta.url));
