/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The members of the kernel's structures that the filter reads, and no others. libbpf finds their true places in the
 * running kernel's BTF (CO-RE), so neither order nor size matters here; names and types are those of the kernel's
 * headers.
 */
#ifndef WALLWATCH_BPF_KERNEL_H
#define WALLWATCH_BPF_KERNEL_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;

/* uapi/linux/bpf.h */
enum {
  BPF_MAP_TYPE_HASH = 1,
  BPF_MAP_TYPE_ARRAY = 2,
  BPF_MAP_TYPE_PERCPU_ARRAY = 6,
  BPF_MAP_TYPE_LRU_HASH = 9,
  BPF_MAP_TYPE_RINGBUF = 27
};
enum { BPF_ANY = 0 };
struct __sk_buff;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
  u32 val;
} kuid_t;
typedef struct {
  u32 val;
} kgid_t;

struct ns_common {
  u32 inum;
};
struct user_namespace {
  struct ns_common ns;
};
struct pid_namespace {
  struct ns_common ns;
};
struct mnt_namespace {
  struct ns_common ns;
};
struct net {
  struct ns_common ns;
};
struct nsproxy {
  struct mnt_namespace* mnt_ns;
  struct net* net_ns;
};

struct cred {
  kuid_t uid, suid, euid;
  kgid_t gid, sgid, egid;
  /* kernel_cap_t: two u32 up to 6.2, a u64 since; the same 64 bits on every little-endian machine */
  struct {
    u64 bits;
  } cap_effective __attribute__((aligned(4))), cap_permitted __attribute__((aligned(4)));
  struct user_namespace* user_ns;
};

struct hlist_bl_node {
  struct hlist_bl_node** pprev;
};
struct qstr {
  u32 len;
  const unsigned char* name;
};
struct dentry {
  struct hlist_bl_node d_hash;
  struct dentry* d_parent;
  struct qstr d_name;
};
struct vfsmount {
  struct dentry* mnt_root;
};
struct mount {
  struct mount* mnt_parent;
  struct dentry* mnt_mountpoint;
  struct vfsmount mnt;
};
struct path {
  struct vfsmount* mnt;
  struct dentry* dentry;
};
struct file {
  struct path f_path;
};
struct fs_struct {
  struct path pwd;
};

struct mm_struct {
  struct file* exe_file;
  unsigned long arg_start, arg_end, env_start, env_end, start_stack;
};

struct upid {
  int nr;
  struct pid_namespace* ns;
};
struct hlist_node {
  struct hlist_node* next;
};
struct hlist_head {
  struct hlist_node* first;
};
struct pid {
  unsigned int level;
  struct hlist_head tasks[4];
  struct upid numbers[1];
};
struct tty_driver {
  int major, minor_start;
};
struct tty_struct {
  struct tty_driver* driver;
  int index;
};
struct signal_struct {
  struct pid* pids[4];
  struct tty_struct* tty;
};

struct kernfs_node {
  struct kernfs_node* parent; /* up to 6.14 */
  const char* name;
};
struct kernfs_node___615 {
  struct kernfs_node___615* __parent;
}; /* since 6.15 */
struct cgroup {
  struct kernfs_node* kn;
};
struct css_set {
  struct cgroup* dfl_cgrp;
};

struct task_struct {
  struct mm_struct* mm;
  unsigned int ptrace;
  int pid, tgid;
  struct task_struct *real_parent, *group_leader;
  struct pid* thread_pid;
  struct hlist_node pid_links[4];
  u64 start_boottime;
  const struct cred* cred;
  char comm[16];
  struct fs_struct* fs;
  struct nsproxy* nsproxy;
  struct signal_struct* signal;
  kuid_t loginuid;        /* CONFIG_AUDIT */
  unsigned int sessionid; /* CONFIG_AUDIT */
  struct css_set* cgroups;
};

struct sk_buff {
  char cb[48];
};
struct netlink_skb_parms {
  u32 portid;
};

#pragma clang attribute pop

/* enum pid_type, include/linux/pid_types.h */
enum { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID };

#endif
