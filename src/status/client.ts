import { connect } from "node:net";

/** Bytes of an answer: with hundreds of sinks it would be some 100 KiB. */
const LONGEST_ANSWER = 2 ** 20;

/** What came is no answer: not one line of JSON with an object. */
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
export async function ask(path: string, request: string, patience: number): Promise<object> {
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
  try {
    const object: unknown = JSON.parse(text);
    if (typeof object === "object" && object !== null) return object;
  } catch (cause) {
    throw new AnswerError(`the answer is not JSON: ${text.slice(0, 80)}`, { cause });
  }
  throw new AnswerError(`the answer is no object: ${text.slice(0, 80)}`);
}
