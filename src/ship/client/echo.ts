import { MASK } from "../../redact/usual.js";
import type { Answer } from "./answer.js";

/** What is shorter would be found in words that have nothing to do with it. */
const SHORTEST = 4;

/** An answer without the secrets that came with its request: a server, or what stands before it, may repeat in an error how somebody tried to log in. */
export function withoutEcho(answer: Answer, authorizations: readonly (string | undefined)[]): Answer {
  let { body } = answer;
  for (const secret of authorizations.flatMap(secretsIn)) body = body.replaceAll(secret, MASK);
  return { ...answer, body };
}

/** The credentials of an Authorization header, and what base64 hides in them: `user:password`, `id:key`. */
function secretsIn(authorization: string | undefined): string[] {
  const [, credentials = ""] = authorization?.split(" ") ?? [];
  const plain = Buffer.from(credentials, "base64").toString();
  const colon = plain.indexOf(":");
  const isPair = colon >= 0 && Buffer.from(plain).toString("base64") === credentials;
  return [credentials, isPair ? plain.slice(colon + 1) : ""].filter(({ length }) => length >= SHORTEST);
}
