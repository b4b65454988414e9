/** What a health document says of an exec that explains it, besides its time: by the fields of the exec. */
export const INFERRED_FIELDS: readonly string[] = [
  "event.id",
  "process.pid",
  "process.entity_id",
  "process.name",
  "process.executable",
  "process.command_line",
  "process.parent.name",
  "process.parent.command_line",
  "user.id",
  "user.name",
  "wallwatch.login.user.id",
  "wallwatch.login.user.name",
  "wallwatch.login.session",
  "source.ip",
];
