// npm run prebuild-addons: the addon for x64 and arm64, for every Linux with glibc 2.28 or later (Debian 10, RHEL 8, Ubuntu 20.04), into
// prebuilds/. The compiler is zig's clang (PyPI's package ziglang), which brings the headers and libraries of both machines; its
// C++ library is linked in, so that nothing is asked of the host's but glibc. What is installed is built from the same sources
// and with the flags of binding.gyp.
import { execFileSync, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { sourcesHash } from "../sources_hash.mjs";
import { root } from "./root.mjs";

/** The oldest glibc that the addon works with; that of the Node.js of the Debian package is the same. */
const GLIBC = "2.28";
const TARGETS = { x64: "x86_64", arm64: "aarch64" };
/** CI and this script agree on it: .ci/packages. */
const ZIG = "0.17.1";
/** Where it and the licences of its parts are looked for. */
export const ZIG_FOLDER = join(root, "build", "zig", "ziglang");

const require = createRequire(import.meta.url);

/** The compiler's command: a module of python. */
function zig() {
  const env = { ...process.env, PYTHONPATH: dirname(ZIG_FOLDER) };
  const asked = spawnSync("python3", ["-m", "ziglang", "version"], { env, encoding: "utf8" });
  if (asked.status !== 0 || asked.stdout.trim() !== ZIG) {
    throw new Error(
      `The compiler for the prebuilt addons is missing (found: ${asked.stdout?.trim() || "none"}).\n` +
        `Install it: python3 -m pip install --target build/zig ziglang==${ZIG}`,
    );
  }
  return { command: "python3", first: ["-m", "ziglang"], env };
}

/** The one target of binding.gyp, which is a Python literal with comments. */
function bindingTarget() {
  const script = "import ast,json,sys; print(json.dumps(ast.literal_eval(sys.stdin.read())))";
  const input = readFileSync(join(root, "binding.gyp"), "utf8");
  return JSON.parse(execFileSync("python3", ["-c", script], { input, encoding: "utf8" })).targets[0];
}

/** @param {keyof typeof TARGETS} arch */
export function prebuild(arch) {
  const { command, first, env } = zig();
  const hash = sourcesHash(root); // before they are read: what changes meanwhile is compiled anew
  const target = bindingTarget();
  const folder = join(root, "prebuilds", `linux-${arch}`);
  const file = join(folder, "wallwatch.node");
  mkdirSync(folder, { recursive: true });
  const includes = [require("node-addon-api").include_dir, require("node-api-headers").include_dir, "native/bpf"];
  const flags = [
    ...["-target", `${TARGETS[arch]}-linux-gnu.${GLIBC}`, "-O2", "-fPIC", "-shared", "-s"],
    ...target.cflags_cc,
    ...target.defines.map((name) => `-D${name}`),
    ...includes.flatMap((include) => ["-I", include.replace(/^"|"$/g, "")]),
    ...target.ldflags,
  ];
  const args = [...first, "c++", ...flags, ...target.sources, ...target.libraries, "-o", `${file}.new`];
  execFileSync(command, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
  renameSync(`${file}.new`, file);
  writeFileSync(join(folder, "sources.sha256"), `${hash}\n`);
  return file;
}

/** Builds what is missing or of other sources. @param {keyof typeof TARGETS} arch @returns {string} the addon */
export function prebuilt(arch) {
  const folder = join(root, "prebuilds", `linux-${arch}`);
  if (readIfThere(join(folder, "sources.sha256"))?.trim() === sourcesHash(root)) return join(folder, "wallwatch.node");
  console.log(`compiling the addon for ${arch}`);
  return prebuild(arch);
}

function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const arch of Object.keys(TARGETS)) prebuilt(arch);
