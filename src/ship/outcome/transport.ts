import type { Answer } from "../client/answer.js";
import { TransportError, type Client, type ClientRequestOptions } from "../client/client.js";
import { hold, retry, type Hold, type Retry } from "./outcome.js";

/** The answer, or what the want of one means. @throws the signal's reason */
export async function ask(
  client: Client,
  request: ClientRequestOptions,
  signal: AbortSignal,
): Promise<{ readonly kind: "answer"; readonly answer: Answer } | Retry | Hold> {
  try {
    return { kind: "answer", answer: await client.request(request, signal) };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return transportOutcome(error);
  }
}

function transportOutcome({ message, mayHaveArrived, isSetup }: TransportError): Retry | Hold {
  return isSetup && !mayHaveArrived ? hold(message) : retry(message, { mayHaveArrived });
}
