import { EXIT } from "./exit.js";

let isHungUp = false;

/**
 * What `run` does with signals until it has begun: loading it takes longer than all that it does then. There is nothing yet
 * that would have to be ended in order. A SIGHUP is kept for what reads the configuration again.
 */
export function heedEarlySignals(): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, end);
  process.on("SIGHUP", hangUp);
}

/** Leaves signals to whoever calls it, who has to heed them by now. @returns whether a SIGHUP came */
export function takeEarlySignals(): boolean {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.off(signal, end);
  process.off("SIGHUP", hangUp);
  return isHungUp;
}

function end(): void {
  process.exit(EXIT.ok);
}

function hangUp(): void {
  isHungUp = true;
}
