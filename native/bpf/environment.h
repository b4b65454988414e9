/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The part of a record that holds the variables asked for.
 */
#ifndef WALLWATCH_BPF_ENVIRONMENT_H
#define WALLWATCH_BPF_ENVIRONMENT_H

#include "workspace.h"

#define ENV_MAX 256 /* environment variables looked at */
#define SCAN_MAX 8  /* blocks of SCAN_WORDS that are looked through before the walk, at most */

/* The first 8 bytes of a variable, with zeros behind its '=': the key of the map `environment`. */
static __always_inline u64 variable_key(const char* text) {
  u64 v, x, found;
  __builtin_memcpy(&v, text, sizeof v);
  x = v ^ 0x3d3d3d3d3d3d3d3dull;                                    /* '=' is now 0 */
  found = (x - 0x0101010101010101ull) & ~x & 0x8080808080808080ull; /* the lowest bit set is that of the first 0 */
  return found ? v & (((found & -found) << 1) - 1) : v;
}

static __always_inline int add_variable(struct workspace* w, volatile struct cursor* c, u32 initials) {
  u64 text = c->text;
  if (text >= c->end) return 1;
  char* to = room(w, c, ENV_VALUE_MAX, ENV_PART_MAX);
  if (!to) return -1;
  long n = bpf_probe_read_user_str(to, ENV_VALUE_MAX, (void*)text);
  if (n <= 0) return -1;
  u32 cut = n == ENV_VALUE_MAX;
  if (!c->continued && initials >> (*to & 31) & 1) { /* looking up each would take a third of the time */
    u64 key = variable_key(to);
    if (bpf_map_lookup_elem(&environment, &key)) {
      c->at += n;
      if (cut) flag(w, EXEC_ENV_CUT);
    }
  }
  c->continued = cut;
  c->text = text + n - cut;
  return 0;
}

/* 0x80 in each byte that is 0. */
static __always_inline u64 zeros(u64 v) {
  const u64 low = 0x7f7f7f7f7f7f7f7full;
  return ~(((v & low) + low) | v | low);
}

/* Sets `worth` where some variable may begin with the pair: one call reads what takes the walk a call for each
 * variable. */
static __always_inline void look_for(volatile struct cursor* c, u32 pair) {
  u32 zero = 0;
  struct scan* scan = bpf_map_lookup_elem(&scans, &zero);
  const u64 ones = 0x0101010101010101ull;
  u64 first = (pair & 0xff) * ones, second = (pair >> 8 & 0xff) * ones;
  c->worth = 1;
  c->begins = 0x80;
  c->begun = 0;
  if (!scan) return;
#pragma clang loop unroll(disable)
  for (int i = 0; i < SCAN_MAX; i++) {
    u64 text = c->text, size = c->end - text, begins = c->begins, begun = c->begun, found = 0;
    if (size > sizeof *scan) size = sizeof *scan;
    KEEP(size);
    if (size > sizeof *scan || bpf_probe_read_user(scan, size, (void*)text)) return;
    c->text = text + size;
#pragma clang loop unroll(disable)
    for (int j = 0; j < SCAN_WORDS; j++) { /* beyond `size` stands what was read before: that may be a walk in vain */
      u64 v = scan->words[j], ends = zeros(v), right = (ends << 8 | begins) & zeros(v ^ first);
      found |= (right << 8 | begun) & zeros(v ^ second);
      begins = ends >> 56;
      begun = right >> 56;
    }
    if (found) return;
    c->begins = begins;
    c->begun = begun;
    if (c->text >= c->end) {
      c->worth = 0;
      return;
    }
  }
}

static __always_inline void add_environment(struct workspace* w, volatile struct cursor* c, u32 initials) {
  int done = 0;
  c->continued = 0;
#pragma clang loop unroll(disable)
  for (int i = 0; i < ENV_MAX; i++) {
    done = add_variable(w, c, initials);
    if (done) break;
  }
  if (done != 1) flag(w, EXEC_ENV_CUT);
}

#endif
