import { commandText, printable, shortened } from "../printable.js";
import type { JsonDocument } from "../rules/document.js";
import { textOf, valuesOf } from "./document.js";

/** Characters of a command in a sentence; the whole one is in process.args. */
const COMMAND_LENGTH = 200;
const PARENT_LENGTH = 100;

/** The parts of which a sentence about an exec is made; printable. What is not known is undefined. */
export interface Account {
  /** As whom it ran. */
  readonly user: string | undefined;
  /** Who logged in, where that is somebody else. */
  readonly login: string | undefined;
  /** From where they logged in. */
  readonly from: string | undefined;
  readonly command: string;
  readonly host: string | undefined;
  readonly container: string | undefined;
  readonly parent: string | undefined;
}

export function accountOf(document: JsonDocument): Account {
  const text = (field: string): string | undefined => {
    const value = textOf(document, field);
    return value === undefined ? undefined : printable(value);
  };
  const user = text("user.name") ?? text("process.user.name") ?? numbered(text("user.id") ?? text("process.user.id"));
  const login = text("wallwatch.login.user.name") ?? numbered(text("wallwatch.login.user.id"));
  return {
    user,
    login: login === user ? undefined : login,
    from: text("source.address") ?? text("source.ip"),
    command: commandOf(document, "process", COMMAND_LENGTH) ?? "a program",
    host: text("host.name") ?? text("host.hostname"),
    container: text("container.id")?.slice(0, 12),
    parent: commandOf(document, "process.parent", PARENT_LENGTH),
  };
}

/** One sentence: who did what, on which host, from where, below which parent. */
export function sentenceOf(document: JsonDocument): string {
  const { user, login, from, command, host, container, parent } = accountOf(document);
  const who = user ?? "somebody";
  const parts = [`${who} ran \`${command}\``];
  if (host !== undefined) parts.push(` on ${host}`);
  if (container !== undefined) parts.push(` in container ${container}`);
  if (login !== undefined || from !== undefined) {
    parts.push(", logged in", login === undefined ? "" : ` as ${login}`, from === undefined ? "" : ` from ${from}`);
  }
  if (parent !== undefined) parts.push(`, started by \`${parent}\``);
  return `${parts.join("")}.`;
}

function commandOf(document: JsonDocument, process: string, length: number): string | undefined {
  const args = valuesOf(document, `${process}.args`).map(String);
  const name = textOf(document, `${process}.name`) ?? textOf(document, `${process}.thread.name`);
  if (args.length === 0) return name === undefined ? undefined : shortened(printable(name), length);
  return shortened(commandText(args, length), length);
}

function numbered(id: string | undefined): string | undefined {
  return id === undefined ? undefined : `uid ${id}`;
}
