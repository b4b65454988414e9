/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The record that is being made, and all maps of the filter.
 */
#ifndef WALLWATCH_BPF_WORKSPACE_H
#define WALLWATCH_BPF_WORKSPACE_H

#include "kernel.h"

#include <bpf/bpf_helpers.h>

#include "../exec_record.h"

#define DATA_MAX (3 * PATH_PART_MAX + CGROUP_PART_MAX + ENV_PART_MAX + ARGS_FIRST_MAX)
#define NAME_SIZE 256 /* NAME_MAX and its '/' */
#define SCAN_WORDS 64 /* words of the environment read at once, to see whether a walk over it is worth while */

/* One record being made. The cursor and the walk's state live in a map, not in registers: the verifier then sees every
 * round of a loop as the same unknown values and prunes, where it otherwise runs into its limit of a million
 * instructions. */
struct workspace {
  struct exec_record record;
  char data[DATA_MAX + NAME_SIZE];
};
struct cursor {
  u64 dentry, mount; /* of a walk */
  u64 at;            /* bytes of workspace.data that are filled */
  u64 from;          /* where the part being made begins */
  u64 text, end;     /* of the walk over the environment: the next string, and where the last one ends */
  u64 continued;     /* the string before was longer than what was read of it: this is its rest */
  u64 worth;         /* the walk is: some variable may be one that was asked for */
  u64 begins, begun; /* from word to word: a variable begins with the next byte; its first letter was right */
};
struct scan {
  u64 words[SCAN_WORDS];
};
struct chunk {
  struct args_record record;
  char data[ARGS_CHUNK_MAX];
};

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4 << 20);
} records SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, struct workspace);
} workspaces SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, struct cursor);
} cursors SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, struct scan);
} scans SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, struct filter_counters);
} counters SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, u32);
} sequences SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, struct filter_settings);
} settings SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, ENV_NAMES_MAX);
  __type(key, u64);
  __type(value, u8);
} environment SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 65536);
  __type(key, u32);
  __type(value, struct creator_entry);
} creators SEC(".maps");

/* A bound that the compiler may not reason away: the verifier of 6.1 follows it only in the register that is compared.
 */
#define KEEP(value) asm volatile("" : "+r"(value))

/* In memory like the cursor: each combination of flags in a register would be a state of its own to the verifier. */
static __always_inline void flag(struct workspace* w, u32 flags) { *(volatile u32*)&w->record.flags |= flags; }

static __always_inline void close_part(struct workspace* w, volatile struct cursor* c, enum exec_part part) {
  w->record.part_size[part] = c->at - c->from;
  c->from = c->at;
}

/* Where the next bytes go: `need` of them fit there and into the part's `most`, or else 0. */
static __always_inline char* room(struct workspace* w, volatile struct cursor* c, u64 need, u64 most) {
  u64 at = c->at;
  if (at - c->from > most - need) return 0;
  KEEP(at);
  if (at > DATA_MAX + NAME_SIZE - need) return 0;
  return w->data + at;
}

/* Adds a name and '/'; -1 where it has no room (`most` bytes to a part) or cannot be read. */
static __always_inline int add_name(struct workspace* w, volatile struct cursor* c, const char* name, u32 n, u32 most) {
  char* to = room(w, c, NAME_SIZE, most);
  n &= 0xff; /* NAME_MAX */
  if (!to || bpf_probe_read_kernel(to, n, name)) return -1;
  to[n] = '/';
  c->at += n + 1;
  return 0;
}

#endif
