import { join } from "node:path";

import { PACKAGE_ROOT } from "../package_root.js";

/** The folder of the rules that come with wallwatch. */
export const SHIPPED_RULES = join(PACKAGE_ROOT, "rules");
