import type { ReaderTrouble } from "../../log/reader.js";

/** That the log's files cannot be closed or deleted. */
export function rotationSentence(error: unknown): string {
  return `${reasonOf(error)}; lines go on into the file that is there, beyond log.segment_size and log.disk`;
}

/** What a sink's reader of the log cannot do, and what follows from it. */
export function readerSentence(name: string, trouble: ReaderTrouble): string {
  const reason = reasonOf(trouble.error);
  switch (trouble.kind) {
    case "cursor-lost":
      return `the place of sink ${name} in the alert log is not known any more (${reason}): it sends all that is kept again`;
    case "cursor-refused":
      return `the place of sink ${name} in the alert log cannot be written (${reason}): what it sends now it will send again after a restart`;
    case "read-refused":
      return `sink ${name} cannot read the alert log (${reason}): it tries again`;
    case "missing":
      return `${trouble.bytes} bytes of the alert log are missing to sink ${name}, for somebody else took them away (${reason})`;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
