/** A release of Debian that the filter must load on and the whole of wallwatch must work on. */
export interface Release {
  readonly suite: string;
  readonly name: string;
  /** Debian's number of it. */
  readonly version: number;
  /** The tests that run there, below dist/test. */
  readonly tests: readonly string[];
}

/** What depends on kernel, libbpf and the release's own tools; the rest of test/live is run on the host itself. */
const TESTS = ["vm/guest/firewall", "live/storm"];

export const RELEASES: readonly Release[] = [
  { suite: "bullseye", name: "Debian 11, Linux 5.10, libbpf 0.3", version: 11, tests: TESTS },
  { suite: "bookworm", name: "Debian 12, Linux 6.1, libbpf 1.1", version: 12, tests: [...TESTS, "vm/guest/extended"] },
  { suite: "trixie", name: "Debian 13, Linux 6.12, libbpf 1.5", version: 13, tests: TESTS },
];
