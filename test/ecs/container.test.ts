import assert from "node:assert/strict";

import { containerOf } from "../../src/ecs/container.js";

const ID = "4f9b2c1d".repeat(8);
const OTHER = "0123abcd".repeat(8);
const POD = "kubepods-besteffort-pod1b2c3d4e_0000_1111_2222_333344445555.slice";

describe("containerOf", () => {
  const cases: [string, string, ReturnType<typeof containerOf>][] = [
    ["docker with systemd", `/system.slice/docker-${ID}.scope`, { id: ID, runtime: "docker" }],
    ["docker without", `/docker/${ID}`, { id: ID, runtime: "docker" }],
    [
      "containerd in Kubernetes with systemd",
      `/kubepods.slice/kubepods-besteffort.slice/${POD}/cri-containerd-${ID}.scope`,
      { id: ID, runtime: "containerd" },
    ],
    ["Kubernetes without", `/kubepods/besteffort/pod1b2c/${ID}`, { id: ID, runtime: undefined }],
    ["CRI-O", `/kubepods.slice/${POD}/crio-${ID}.scope`, { id: ID, runtime: "cri-o" }],
    ["podman", `/machine.slice/libpod-${ID}.scope/container`, { id: ID, runtime: "podman" }],
    [
      "podman without root",
      `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope`,
      { id: ID, runtime: "podman" },
    ],
    ["podman without systemd", `/libpod_parent/libpod-${ID}`, { id: ID, runtime: "podman" }],
    ["nerdctl", `/system.slice/nerdctl-${ID}.scope`, { id: ID, runtime: "containerd" }],
    ["a service in a container", `/docker/${ID}/system.slice/nginx.service`, { id: ID, runtime: "docker" }],
    ["a container in a container", `/docker/${OTHER}/docker/${ID}`, { id: ID, runtime: "docker" }],
    ["CRI-O's monitor", `/system.slice/crio-conmon-${ID}.scope`, undefined],
    ["podman's monitor", `/machine.slice/libpod-conmon-${ID}.scope`, undefined],
    ["a login", "/user.slice/user-0.slice/session-3.scope", undefined],
    ["the root", "/", undefined],
    ["what only looks alike", `/system.slice/docker-${ID.slice(1)}.scope`, undefined],
  ];
  for (const [what, cgroup, container] of cases) {
    it(what, () => assert.deepEqual(containerOf(cgroup), container));
  }
});
