import { loadAddon, type Started } from "./binding.js";

/** What the system said to an attempt. */
export type ProbeProblem = NonNullable<Started["whyNotKernel"]> & {
  /** What libbpf had to say, where it was libbpf that failed. */
  readonly log?: string;
};

/** What this host allows, found out by trying. A problem that is missing means that it worked. */
export interface HostProbe {
  readonly libbpf?: NonNullable<Started["libbpf"]>;
  readonly libbpfProblem?: ProbeProblem;
  /** Of loading the filter, or of attaching it to a socket. */
  readonly filterProblem?: ProbeProblem;
  /** Of the process connector; ENOACK where it did not answer. */
  readonly listenProblem?: ProbeProblem;
}

/**
 * Tries what capture needs, without capturing; it takes up to a second.
 * @throws AddonError
 */
export async function probeHost(): Promise<HostProbe> {
  return (await loadAddon().probe()) as HostProbe;
}
