import { connect } from "node:net";

import { parseJsonObject, type JsonObject } from "../json.js";
import { printable } from "../printable.js";

/** UTF-16 code units of an answer: with hundreds of sinks it would be some 100 KiB. */
const LONGEST_ANSWER = 2 ** 20;
/** UTF-16 code units of an answer that an error repeats. */
const QUOTED = 80;

/** What came is no answer: not one JSON object, or one without end. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
}

/**
 * Asks a running agent by its status socket.
 *
 * @param request one line
 * @param patience ms
 * @throws what connect(2) says: ENOENT or ECONNREFUSED where no agent runs, EACCES; ETIMEDOUT where it does not answer
 * @throws {AnswerError}
 */
export async function ask(path: string, request: string, patience: number): Promise<JsonObject> {
  const text = await new Promise<string>((resolve, reject) => {
    let answer = "";
    const socket = connect(path);
    const timer = setTimeout(() => {
      const error = new Error(`no answer within ${patience} ms`);
      socket.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
    }, patience);
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(`${request}\n`));
    socket.on("data", (chunk: string) => {
      answer += chunk;
      if (answer.length > LONGEST_ANSWER) socket.destroy(new AnswerError("the answer is too long"));
    });
    socket.on("error", reject);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
  const answer = parseJsonObject(text);
  if (answer === undefined) throw new AnswerError(`the answer is no JSON object: ${printable(text.slice(0, QUOTED))}`);
  return answer;
}
