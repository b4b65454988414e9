// Who holds the rights in what the Debian package brings: its copyright file, and the texts of all licences.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "./root.mjs";

/** What zig's compiler links into the addon, from its own folder. */
const COMPILER_PARTS = [
  { name: "libc++ and libc++abi", licence: "Apache-2.0 WITH LLVM-exception", file: "lib/libcxx/LICENSE.TXT" },
  { name: "libunwind", licence: "Apache-2.0 WITH LLVM-exception", file: "lib/libunwind/LICENSE.TXT" },
  { name: "compiler-rt of zig", licence: "MIT", file: "LICENSE" },
];

/**
 * @param {readonly string[]} packages npm's names of what is bundled
 * @param {{ folder: string, version: string }} node the Node.js
 * @param {string} zig the compiler's folder
 * @param {number} year of the notice
 * @returns {{ copyright: string, texts: string }}
 */
export function licences(packages, node, zig, year) {
  const parts = [
    {
      name: `Node.js ${node.version} (/usr/lib/wallwatch/bin/node), with what it brings`,
      licence: "MIT, and others",
      text: readFileSync(join(node.folder, "LICENSE"), "utf8"),
    },
    ...[...packages, "node-addon-api"].map(packagePart),
    ...COMPILER_PARTS.map(({ name, licence, file }) => ({
      name: `${name}, in the addon`,
      licence,
      text: readFileSync(join(zig, file), "utf8"),
    })),
  ];
  const rows = parts.map(({ name, licence }) => `  ${name}: ${licence}`).join("\n");
  const notice = readFileSync(join(root, "NOTICE"), "utf8").trim();
  const copyright = `${notice.replace("Copyright the", `Copyright ${year} the`)}

On Debian systems the text of the Apache License, Version 2.0 is in
/usr/share/common-licenses/Apache-2.0, that of the GNU General Public License, version 2
in /usr/share/common-licenses/GPL-2.

This package also holds the work of others:

${rows}

Their copyright notices and the whole texts of their licences are in
/usr/share/doc/wallwatch/third-party-licences.txt.gz.
`;
  const rule = "=".repeat(78);
  const texts = parts.map(({ name, licence, text }) => `${rule}\n${name}\n${licence}\n${rule}\n\n${text.trim()}\n`);
  return { copyright, texts: texts.join("\n") };
}

function packagePart(name) {
  const folder = join(root, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} ${version} has no file with its licence`);
  return { name: `${name} ${version}`, licence: license, text: readFileSync(join(folder, file), "utf8") };
}
