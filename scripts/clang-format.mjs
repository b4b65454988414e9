// Formats the C and C++ of native/ and bench/ and test/, or with --check says what is not formatted.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
