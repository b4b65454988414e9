/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Names of processes, and who created whom.
 */
#ifndef WALLWATCH_BPF_PROCESSES_H
#define WALLWATCH_BPF_PROCESSES_H

#include <bpf/bpf_core_read.h>

#include "message.h"
#include "workspace.h"

static __always_inline void refer(struct process_ref* ref, struct task_struct* task) {
  struct task_struct* leader = BPF_CORE_READ(task, group_leader);
  ref->pid = BPF_CORE_READ(task, tgid);
  ref->start = BPF_CORE_READ(leader, start_boottime);
  ref->exec_key = (u64)BPF_CORE_READ(task, mm, exe_file);
}

/* The leader of the session or process group: its pid stays its own as long as anybody is in it, the leader may be
 * gone. */
static __always_inline void refer_leader(struct process_ref* ref, struct pid* pid) {
  struct hlist_node* first = BPF_CORE_READ(pid, tasks[PIDTYPE_TGID].first);
  ref->pid = BPF_CORE_READ(pid, numbers[0].nr);
  ref->start = ref->exec_key = 0;
  if (first)
    refer(ref, (void*)first - bpf_core_field_offset(struct task_struct, pid_links) -
                   PIDTYPE_TGID * sizeof(struct hlist_node) * 2);
}

static __always_inline void note_creator(struct task_struct* task, const struct message* m) {
  u32 child = m->ids[3];
  struct task_struct* leader = BPF_CORE_READ(task, group_leader);
  struct mm_struct* mm = BPF_CORE_READ(task, mm);
  struct creator_entry entry = {.fork_time = m->timestamp, .fork_boottime = bpf_ktime_get_boot_ns()};
  entry.start = BPF_CORE_READ(leader, start_boottime);
  entry.kernel = !mm;
  entry.pid = mm ? (u32)BPF_CORE_READ(task, tgid) : m->ids[1];
  entry.exec_key = (u64)BPF_CORE_READ(mm, exe_file);
  BPF_CORE_READ_INTO(&entry.comm, task, comm);
  bpf_map_update_elem(&creators, &child, &entry, BPF_ANY);
}

static __always_inline void find_creator(struct workspace* w) {
  struct exec_record* r = &w->record;
  struct creator_entry* entry = bpf_map_lookup_elem(&creators, &r->self.pid);
  if (!entry || entry->fork_boottime < r->self.start) {
    r->creator = r->parent;
    r->fork_time = 0;
    __builtin_memcpy(r->creator_comm, r->parent_comm, sizeof r->creator_comm);
    if (!r->parent.exec_key) flag(w, EXEC_CREATOR_KERNEL);
    return;
  }
  r->creator.pid = entry->pid;
  r->creator.start = entry->start;
  r->creator.exec_key = entry->exec_key;
  r->fork_time = entry->fork_time;
  __builtin_memcpy(r->creator_comm, entry->comm, sizeof r->creator_comm);
  flag(w, EXEC_CREATOR_KNOWN | (entry->kernel ? EXEC_CREATOR_KERNEL : 0));
}

#endif
