// One Debian package: everything is staged as it will lie on the host, then dpkg-deb packs it. No part of it is made at install.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";

import { bundle } from "./bundle.mjs";
import { nodeFor, NODE_VERSION } from "./download.mjs";
import { licences } from "./licences.mjs";
import { manualPages } from "./man.mjs";
import { prebuilt, ZIG_FOLDER } from "./prebuild.mjs";
import { root } from "./root.mjs";

const DEBIAN = { x64: "amd64", arm64: "arm64" };
const TEMPLATES = join(root, "scripts", "package", "debian");
const LIB = "usr/lib/wallwatch";
const DOC = "usr/share/doc/wallwatch";
const EXAMPLES = ["credentials.conf", "network.conf"];

/** Who answers for the package. There is no public address yet: whoever publishes it sets one. */
const MAINTAINER = process.env.WALLWATCH_MAINTAINER ?? "wallwatch maintainers <maintainers@wallwatch.example>";

/**
 * @param {"x64" | "arm64"} arch
 * @param {string} version in Debian's order: 0.1.0~previous is before 0.1.0
 * @param {number} date seconds since 1970: of all files
 * @returns {Promise<string>} the .deb
 */
export async function buildDeb(arch, version, date) {
  const folder = join(root, "build", "package", arch);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const put = putter(folder);
  for (const old of readdirSync(dirname(folder)).filter((file) => file.endsWith(`_${DEBIAN[arch]}.deb`))) {
    rmSync(join(dirname(folder), old));
  }
  const packages = await putProgram(arch, version, put, folder);
  putService(put, folder);
  putDocuments(version, date, put);
  putLicences(arch, packages, new Date(date * 1000).getUTCFullYear(), put);
  putControl(arch, version, folder, put);
  settle(folder, date);
  const deb = join(root, "build", "package", `wallwatch_${version}_${DEBIAN[arch]}.deb`);
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(date) };
  execFileSync("dpkg-deb", ["--root-owner-group", "-Zxz", "--build", folder, deb], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return deb;
}

/** Writes files below `folder` with fixed modes, whatever the umask of who builds. */
function putter(folder) {
  return (path, content, mode = 0o644) => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
  };
}

/** @returns {Promise<string[]>} the names of the packages that are bundled */
async function putProgram(arch, version, put, folder) {
  put("usr/bin/wallwatch", readFileSync(join(TEMPLATES, "wallwatch")), 0o755);
  const node = join(nodeFor(arch), "bin", "node");
  put(`${LIB}/bin/node`, readFileSync(node), 0o755);
  execFileSync("llvm-strip", ["--strip-all", join(folder, LIB, "bin/node")]);
  const packages = await bundle(join(folder, LIB, "lib"));
  for (const file of readdirSync(join(folder, LIB, "lib"))) chmodSync(join(folder, LIB, "lib", file), 0o644);
  const { name, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  put(`${LIB}/package.json`, `${JSON.stringify({ name, version, license, type: "module" })}\n`);
  put(`${LIB}/prebuilds/linux-${arch}/wallwatch.node`, readFileSync(prebuilt(arch)));
  cpSync(join(root, "rules"), join(folder, LIB, "rules"), { recursive: true });
  return packages;
}

function putService(put, folder) {
  const source = (name) => readFileSync(join(root, "systemd", name));
  put("usr/lib/systemd/system/wallwatch.service", source("wallwatch.service"));
  put("usr/lib/sysusers.d/wallwatch.conf", source("wallwatch.sysusers"));
  put("etc/wallwatch/wallwatch.toml", source("wallwatch.toml"));
  mkdirSync(join(folder, "etc/wallwatch/rules.d"));
  for (const name of EXAMPLES) put(`${DOC}/examples/${name}`, source(name));
}

const zipped = (text) => gzipSync(text, { level: 9 });

function putLicences(arch, packages, year, put) {
  const node = { folder: nodeFor(arch), version: NODE_VERSION };
  const { copyright, texts } = licences(packages, node, ZIG_FOLDER, year);
  put(`${DOC}/copyright`, copyright);
  put(`${DOC}/third-party-licences.txt.gz`, zipped(texts));
}

function putDocuments(version, date, put) {
  for (const { name, section, roff } of manualPages(version, date)) {
    put(`usr/share/man/man${section}/${name}.${section}.gz`, zipped(roff));
  }
  for (const name of readdirSync(join(root, "docs")).filter((file) => file.endsWith(".md"))) {
    put(`${DOC}/${name}.gz`, zipped(readFileSync(join(root, "docs", name))));
  }
  put(`${DOC}/changelog.gz`, zipped(readFileSync(join(root, "CHANGELOG.md"))));
  put(`${DOC}/changelog.Debian.gz`, zipped(debianChangelog(version, date)));
  put(`usr/share/lintian/overrides/wallwatch`, readFileSync(join(TEMPLATES, "lintian-overrides")));
}

/** What changed stands in changelog.gz; Debian's form of it names the revision. */
function debianChangelog(version, date) {
  const when = new Date(date * 1000).toUTCString().replace("GMT", "+0000");
  return `wallwatch (${version}) unstable; urgency=medium\n\n  * See changelog.gz.\n\n -- ${MAINTAINER}  ${when}\n`;
}

function putControl(arch, version, folder, put) {
  const files = filesBelow(folder);
  const bytes = files.reduce((sum, file) => sum + Math.ceil(statSync(file).size / 1024), 0);
  const sums = files
    .map((file) => [relative(folder, file), createHash("md5").update(readFileSync(file)).digest("hex")])
    .filter(([path]) => !path.startsWith("etc/"))
    .map(([path, sum]) => `${sum}  ${path}\n`);
  const values = { VERSION: version, ARCHITECTURE: DEBIAN[arch], MAINTAINER, INSTALLED_SIZE: String(bytes) };
  const control = readFileSync(join(TEMPLATES, "control"), "utf8").replace(/@([A-Z_]+)@/g, (_, name) => values[name]);
  put("DEBIAN/control", control);
  put("DEBIAN/md5sums", sums.sort().join(""));
  put("DEBIAN/conffiles", "/etc/wallwatch/wallwatch.toml\n");
  for (const script of ["postinst", "prerm", "postrm"]) {
    put(`DEBIAN/${script}`, readFileSync(join(TEMPLATES, script)), 0o755);
  }
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The same sources give the same package, and whoever builds it has no say in its modes. */
function settle(folder, date) {
  execFileSync("find", [folder, "-exec", "touch", "--no-dereference", `--date=@${date}`, "{}", "+"]);
  execFileSync("find", [folder, "-type", "d", "-exec", "chmod", "755", "{}", "+"]);
}
