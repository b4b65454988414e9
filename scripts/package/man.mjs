// The manual pages: scdoc's sources in docs/man, where @COMMANDS@ stands for what the commands say of themselves, and @KEYS@
// for the keys of the commented configuration, so that neither is written twice.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "./root.mjs";

const SOURCES = join(root, "docs", "man");

/** @returns {{ name: string, section: string, roff: string }[]} */
export function manualPages(version, date) {
  return readdirSync(SOURCES)
    .filter((file) => file.endsWith(".scd"))
    .map((file) => {
      const [, name, section] = /^(.+)\.(\d)\.scd$/.exec(file) ?? [];
      const source = readFileSync(join(SOURCES, file), "utf8")
        .replace("@VERSION@", () => version)
        .replace("@COMMANDS@", commands)
        .replace("@KEYS@", keys);
      const env = { ...process.env, SOURCE_DATE_EPOCH: String(date) };
      const roff = execFileSync("scdoc", { input: source, env, encoding: "utf8" });
      // By its first line a page asks for what draws its tables: man(1).
      return { name, section, roff: /^\.TS$/m.test(roff) ? `'\\" t\n${roff}` : roff };
    });
}

function commands() {
  const help = (...args) =>
    execFileSync(process.execPath, [join(root, "dist", "src", "main.js"), ...args, "--help"], { encoding: "utf8" });
  const names = [...help().matchAll(/^ {2}([a-z-]+) {2,}/gm)].map(([, name]) => name);
  return names.map((name) => `## wallwatch ${name}\n\n\`\`\`\n${help(name).trim()}\n\`\`\``).join("\n\n");
}

/** Of the configuration, tables are headings here, comments paragraphs, and keys and examples of them stand as they are. */
function keys() {
  const lines = readFileSync(join(root, "systemd", "wallwatch.toml"), "utf8").split("\n");
  const out = [];
  for (const line of lines.slice(lines.indexOf("") + 1)) {
    if (/^\[/.test(line)) out.push("", `## ${line}`, "");
    else if (/^#\S/.test(line) || /^# (\[|[a-z_]+ = )/.test(line) || / {3}/.test(line)) {
      out.push("", "```", line.replace(/^# ?/, ""), "```", "");
    } else out.push(escape(line.replace(/^# ?/, "")));
  }
  return out
    .join("\n")
    .replace(/```\n\n+```\n/g, "")
    .replace(/\n{3,}/g, "\n\n");
}

/** Nothing in a comment is markup. */
function escape(text) {
  return text.replace(/[\\_*`#~<>]/g, "\\$&");
}
