import { closeSync } from "node:fs";
import { isatty } from "node:tty";

/** The standard streams that are a terminal when the program starts. */
const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));

/** Whether there is a terminal on which this program was started. */
export function hasTerminal(): boolean {
  return terminals.length > 0;
}

/** Whether that terminal is gone: from then on the kernel answers for none. */
export function isHungUp(): boolean {
  return terminals.some(isGone);
}

/**
 * At the exit Node.js gives a terminal its settings back, and aborts where that fails because the terminal is gone
 * (ResetStdio in src/node.cc). It leaves alone what is closed.
 */
export function endWithoutTerminal(): void {
  process.once("exit", () => terminals.filter(isGone).forEach((descriptor) => closeSync(descriptor)));
}

function isGone(descriptor: number): boolean {
  return !isatty(descriptor);
}
