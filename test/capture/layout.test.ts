import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  COMM_SIZE,
  EXEC,
  FLAG,
  HEADER,
  LANE_KERNEL,
  LANE_PROC,
  LOSS,
  NO_ID,
  PART,
  RECORD_EXEC,
  RECORD_LOSS,
  REF,
} from "../../src/capture/layout.js";
import { lossReason } from "../../src/capture/loss.js";

const NATIVE = new URL("../../../native/", import.meta.url).pathname;

/** Our names of members and constants, with what they are in the header. */
const EXPRESSIONS: Record<string, number> = {
  ...members("record_header", HEADER, {}),
  ...members("process_ref", REF, { execKey: "exec_key" }),
  ...members("exec_record", EXEC, { loginUid: "loginuid" }),
  ...members("loss_record", LOSS, {}),
  ...constants("EXEC_", FLAG, { bits32: "32BIT" }),
  ...constants("PART_", PART, {}),
  RECORD_EXEC,
  RECORD_LOSS,
  LANE_KERNEL,
  LANE_PROC,
  NO_ID,
  "sizeof(exec_record::comm)": COMM_SIZE,
};

function members(struct: string, layout: Record<string, number>, renamed: Record<string, string>) {
  return Object.fromEntries(
    Object.entries(layout).map(([name, offset]) => {
      if (name === "sizeof") return [`sizeof(${struct})`, offset];
      return [`offsetof(${struct}, ${renamed[name] ?? snake(name)})`, offset];
    }),
  );
}

function constants(prefix: string, values: Record<string, number>, renamed: Record<string, string>) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [prefix + (renamed[name] ?? snake(name).toUpperCase()), value]),
  );
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The values that a C++ compiler gives to expressions over the header. */
function compile(expressions: readonly string[]): number[] {
  const folder = mkdtempSync(join(tmpdir(), "wallwatch-layout-"));
  try {
    const source = join(folder, "layout.cc");
    const program = join(folder, "layout");
    const lines = expressions.map((expression) => `std::printf("%llu\\n", (unsigned long long)(${expression}));`);
    writeFileSync(
      source,
      `#include <cstddef>\n#include <cstdio>\n#include "exec_record.h"\nint main() {\n${lines.join("\n")}\n}\n`,
    );
    execFileSync(process.env["CXX"] ?? "c++", ["-I", NATIVE, "-o", program, source], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    return execFileSync(program, { encoding: "utf8" }).trim().split("\n").map(Number);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the layout of a record", () => {
  it("is that of native/exec_record.h", () => {
    const names = Object.keys(EXPRESSIONS);
    const compiled = new Map(compile(names).map((value, i) => [names[i], value]));
    assert.deepEqual(compiled, new Map(Object.entries(EXPRESSIONS)));
  });

  it("has the reasons of a loss", () => {
    const names = ["SEQUENCE_GAP", "RING_FULL", "SOCKET_OVERRUN", "UNRESOLVED", "CANARY_MISSED"];
    const codes = compile(names.map((name) => `LOSS_${name}`));
    assert.deepEqual(
      codes.map((code) => lossReason(code)?.toUpperCase()),
      names,
    );
  });
});
