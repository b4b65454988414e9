import * as v from "valibot";

import { absolutePath, duration, size } from "./values.js";

/** The alert log: its file, and how much of it is kept. */
export const logSection = v.optional(
  v.pipe(
    v.strictObject({
      path: v.optional(absolutePath, "/var/log/wallwatch/alerts.ndjson"),
      /** Bytes of alerts that wait in memory while the disk refuses them. */
      memory: v.optional(size("64KiB", "1GiB"), "16MiB"),
      /** Bytes with which a segment is full. */
      segment_size: v.optional(size("64KiB", "1GiB"), "32MiB"),
      /** ms after which a segment is closed though it is not full. */
      segment_age: v.optional(duration("1m", "365d"), "1d"),
      /** Bytes of all segments together. */
      disk: v.optional(size("1MiB", "1024GiB"), "1GiB"),
    }),
    v.forward(
      v.check(({ segment_size, disk }) => segment_size * 2 <= disk, "must be at most half of log.disk"),
      ["segment_size"],
    ),
  ),
  {},
);
