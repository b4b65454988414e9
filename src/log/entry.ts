/** One line of the alert log on its way to the disk. */
export interface LogEntry {
  /** UTF-8 with its newline. */
  readonly line: Buffer;
  /** By what the line is counted where it cannot be kept: a rule's id, or the kind of a health document. */
  readonly subject: string;
  /** Only alerts count as raised. */
  readonly isAlert: boolean;
}
