/** A release of Debian that the filter must load on and the whole of wallwatch must work on. */
export interface Release {
  readonly suite: string;
  readonly name: string;
  /** Debian's number of it. */
  readonly version: number;
  /** The tests that run there, below dist/test. */
  readonly tests: readonly string[];
}

/** What depends on kernel and libbpf; the rest of test/live is run on the host itself. */
const KERNEL = ["live/storm"];
/** What depends on the release's own firewall tools. */
const FIREWALL = [...KERNEL, "vm/guest/firewall"];

export const RELEASES: readonly Release[] = [
  { suite: "bullseye", name: "Debian 11, Linux 5.10, libbpf 0.3", version: 11, tests: KERNEL },
  {
    suite: "bookworm",
    name: "Debian 12, Linux 6.1, libbpf 1.1",
    version: 12,
    tests: [...FIREWALL, "vm/guest/extended"],
  },
  { suite: "trixie", name: "Debian 13, Linux 6.12, libbpf 1.5", version: 13, tests: FIREWALL },
];
