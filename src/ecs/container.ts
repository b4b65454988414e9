/** The container that a process is in. */
export interface Container {
  readonly id: string;
  /** undefined where the cgroup's name does not tell. */
  readonly runtime: string | undefined;
}

/** How runtimes name the cgroup of a container that systemd manages: PREFIX-ID.scope. */
const RUNTIMES: Readonly<Record<string, string>> = {
  docker: "docker",
  "cri-containerd": "containerd",
  containerd: "containerd",
  nerdctl: "containerd",
  crio: "cri-o",
  libpod: "podman",
};

const ID = "[0-9a-f]{64}";
const SCOPE = new RegExp(`^(?:([a-z-]+)-)?(${ID})(?:\\.scope)?$`);

/**
 * Finds the container in a cgroup's path, in the forms of docker, containerd, CRI-O and podman, under systemd
 * (docker-ID.scope, cri-containerd-ID.scope) and without (/docker/ID, /kubepods/…/ID, /libpod_parent/libpod-ID). Where
 * containers are nested it is the innermost. CRI-O's and podman's monitor (…-conmon-ID) is on the host, not in it.
 */
export function containerOf(cgroup: string): Container | undefined {
  const levels = cgroup.split("/");
  for (let i = levels.length - 1; i > 0; i--) {
    const [, prefix, id] = SCOPE.exec(levels[i] ?? "") ?? [];
    if (id === undefined || prefix?.endsWith("conmon")) continue;
    return { id, runtime: RUNTIMES[prefix ?? levels[i - 1] ?? ""] };
  }
  return undefined;
}
