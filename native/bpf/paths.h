/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The parts of a record that are paths: the way from an object to its root, name by name.
 */
#ifndef WALLWATCH_BPF_PATHS_H
#define WALLWATCH_BPF_PATHS_H

#include <bpf/bpf_core_read.h>

#include "workspace.h"

#define WALK_MAX 64   /* directories and mounts that a path is followed through */
#define CGROUP_MAX 24 /* levels of cgroups */

/* One step of a walk to the root: a dentry's name is added and its parent is next; at the root of a mount, the mount
 * point above. 1 at the end of the way, -1 where it is cut. */
static __always_inline int step(struct workspace* w, volatile struct cursor* c) {
  struct dentry* dentry = (void*)c->dentry;
  struct mount* mount = (void*)c->mount;
  struct dentry* parent = BPF_CORE_READ(dentry, d_parent);
  if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
    struct mount* above = BPF_CORE_READ(mount, mnt_parent);
    if (above == mount) return 1;
    c->dentry = (u64)BPF_CORE_READ(mount, mnt_mountpoint);
    c->mount = (u64)above;
    return 0;
  }
  if (add_name(w, c, (const char*)BPF_CORE_READ(dentry, d_name.name), BPF_CORE_READ(dentry, d_name.len), PATH_PART_MAX))
    return -1;
  c->dentry = (u64)parent;
  return dentry == parent; /* below no mount, as a memfd is */
}

/* Adds the path's components. */
static __always_inline void add_path(struct workspace* w, volatile struct cursor* c, const struct path* path, u32 cut,
                                     u32 deleted) {
  struct dentry* dentry = BPF_CORE_READ(path, dentry);
  struct vfsmount* mnt = BPF_CORE_READ(path, mnt);
  int end = 0;
  if (!BPF_CORE_READ(dentry, d_hash.pprev) && dentry != BPF_CORE_READ(mnt, mnt_root))
    flag(w, deleted); /* d_unlinked() */
  c->dentry = (u64)dentry;
  c->mount = (u64)mnt - bpf_core_field_offset(struct mount, mnt);
#pragma clang loop unroll(disable)
  for (int i = 0; i < WALK_MAX; i++) {
    end = step(w, c);
    if (end) break;
  }
  if (end != 1) flag(w, cut);
}

static __always_inline void add_cgroup(struct workspace* w, volatile struct cursor* c, struct task_struct* task) {
  struct kernfs_node* node = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);
#pragma clang loop unroll(disable)
  for (int i = 0; i < CGROUP_MAX; i++) {
    struct kernfs_node___615* now = (void*)node;
    struct kernfs_node* parent =
        bpf_core_field_exists(now->__parent) ? (void*)BPF_CORE_READ(now, __parent) : BPF_CORE_READ(node, parent);
    if (!parent) return; /* the root has no name */
    char* to = room(w, c, NAME_SIZE, CGROUP_PART_MAX);
    if (!to) return;
    long n = bpf_probe_read_kernel_str(to, NAME_SIZE, BPF_CORE_READ(node, name));
    if (n <= 0) return;
    to[(n - 1) & 0xff] = '/';
    c->at += n;
    node = parent;
  }
}

/* The string at the end of the environment is the path that execve was given (AT_EXECFN). */
static __always_inline void add_invoked_path(struct workspace* w, volatile struct cursor* c, u64 text) {
  char* to = room(w, c, PATH_PART_MAX, PATH_PART_MAX);
  long n = to ? bpf_probe_read_user_str(to, PATH_PART_MAX, (void*)text) : 0;
  if (n > 0) c->at += n - 1;
  if (n <= 0 || n == PATH_PART_MAX) flag(w, EXEC_PATH_CUT);
}

#endif
