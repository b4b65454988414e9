import { fstatSync } from "node:fs";

import type { Level } from "../../config/schema.js";

/** syslog(3)'s numbers, which systemd takes off the front of a line: sd-daemon(3). */
const PRIORITY: Readonly<Record<Level, number>> = { debug: 7, info: 6, warn: 4, error: 3 };

/** "<4>", in front of a line that goes to the journal. */
export function priorityPrefix(level: Level): string {
  return `<${PRIORITY[level]}>`;
}

/**
 * Whether what is written to a descriptor goes to the journal: systemd names device and inode of the stream that it has made
 * for a service (systemd.exec(5), $JOURNAL_STREAM), and it may have been redirected since.
 */
export function isJournal(descriptor: number, stream: string | undefined): boolean {
  if (stream === undefined) return false;
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  return stream === `${dev}:${ino}`;
}
