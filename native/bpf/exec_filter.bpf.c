/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The eBPF socket filter on the process connector's own socket. The connector multicasts an exec event from inside the
 * execve of the process itself (kernel: exec_binprm() -> proc_exec_connector()), so the filter runs in that process,
 * after its new memory is set up and before it runs one instruction: what it reads is what was executed. It writes a
 * whole record into a ring buffer and drops the message; where the ring is full the message passes and user space reads
 * /proc.
 *
 * Kernels 5.8 and later, little-endian, with BTF.
 */
#include "kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "../exec_record.h"
#include "environment.h"
#include "message.h"
#include "paths.h"
#include "processes.h"
#include "workspace.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define PASS ((u32)-1)
#define DROP 0

/* Puts `size` bytes of argv behind what is there: 0, or -1 where they cannot be read. */
static __always_inline int add_args(struct workspace* w, volatile struct cursor* c, u64 text, u64 size) {
  char* to = room(w, c, ARGS_FIRST_MAX, ARGS_FIRST_MAX);
  KEEP(size);
  if (!to || size > ARGS_FIRST_MAX || bpf_probe_read_user(to, size, (void*)text)) return -1;
  c->at += size;
  return 0;
}

static __always_inline void fill_ids(struct exec_record* r, struct task_struct* task) {
  const struct cred* cred = BPF_CORE_READ(task, cred);
  struct pid* pid = BPF_CORE_READ(task, thread_pid);
  r->uid = BPF_CORE_READ(cred, uid.val);
  r->euid = BPF_CORE_READ(cred, euid.val);
  r->suid = BPF_CORE_READ(cred, suid.val);
  r->gid = BPF_CORE_READ(cred, gid.val);
  r->egid = BPF_CORE_READ(cred, egid.val);
  r->sgid = BPF_CORE_READ(cred, sgid.val);
  bpf_core_read(&r->cap_effective, sizeof r->cap_effective, &cred->cap_effective);
  bpf_core_read(&r->cap_permitted, sizeof r->cap_permitted, &cred->cap_permitted);
  r->loginuid = bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val) : NO_ID;
  r->audit_session = bpf_core_field_exists(task->sessionid) ? BPF_CORE_READ(task, sessionid) : NO_ID;
  struct upid own;
  u32 level = BPF_CORE_READ(pid, level) & 31; /* MAX_PID_NS_LEVEL */
  const void* number =
      (const void*)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);
  bpf_core_read(&own.nr, sizeof own.nr, &((struct upid*)number)->nr);
  bpf_core_read(&own.ns, sizeof own.ns, &((struct upid*)number)->ns);
  r->local_pid = own.nr;
  r->ns_pid = BPF_CORE_READ(own.ns, ns.inum);
  r->ns_net = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
  r->ns_mnt = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
  r->ns_user = BPF_CORE_READ(cred, user_ns, ns.inum);
}

static __always_inline void fill_terminal(struct workspace* w, struct signal_struct* signal) {
  struct tty_struct* tty = BPF_CORE_READ(signal, tty);
  w->record.tty = 0;
  if (!tty) return;
  w->record.tty = (u32)BPF_CORE_READ(tty, driver, major) << 20 |
                  (BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index));
  flag(w, EXEC_TTY);
}

/* argv beyond the record's own: further records of the same CPU. The workspace is used again, since its record is out.
 */
static __always_inline int send_rest(struct workspace* w, struct filter_counters* n, u64 text, u64 end) {
  struct chunk* chunk = (void*)w;
  u64 timestamp = w->record.timestamp;
  u32 pid = w->record.self.pid;
  u16 cpu = w->record.header.cpu;
#pragma clang loop unroll(disable)
  for (int i = 0; i < ARGS_CHUNKS_MAX; i++) {
    if (text >= end) break;
    u64 size = end - text;
    if (size > ARGS_CHUNK_MAX) size = ARGS_CHUNK_MAX;
    KEEP(size);
    if (size > ARGS_CHUNK_MAX) return -1;
    if (bpf_probe_read_user(chunk->data, size, (void*)text)) return -1;
    text += size;
    u64 whole = sizeof chunk->record + ((size + 7) & ~7ull);
    chunk->record.header.size = whole;
    chunk->record.header.kind = RECORD_ARGS;
    chunk->record.header.lane = LANE_KERNEL;
    chunk->record.header.cpu = cpu;
    chunk->record.timestamp = timestamp;
    chunk->record.pid = pid;
    chunk->record.size = size;
    chunk->record.more = i + 1 < ARGS_CHUNKS_MAX && text < end;
    chunk->record.pad = 0;
    KEEP(whole);
    if (whole > sizeof *chunk) return -1;
    if (bpf_ringbuf_output(&records, chunk, whole, 0)) {
      n->args_lost++;
      return -1;
    }
  }
  return 0;
}

static __always_inline int on_exec(struct task_struct* task, const struct message* m, struct filter_counters* n) {
  u32 zero = 0;
  struct workspace* w = bpf_map_lookup_elem(&workspaces, &zero);
  volatile struct cursor* c = bpf_map_lookup_elem(&cursors, &zero);
  struct filter_settings* set = bpf_map_lookup_elem(&settings, &zero);
  if (!w || !c || !set) return PASS;
  n->execs++;

  struct exec_record* r = &w->record;
  struct mm_struct* mm = BPF_CORE_READ(task, mm);
  struct signal_struct* signal = BPF_CORE_READ(task, signal);
  struct task_struct* parent = BPF_CORE_READ(task, real_parent);
  r->header.kind = RECORD_EXEC;
  r->header.lane = LANE_KERNEL;
  r->header.cpu = m->cpu;
  r->timestamp = m->timestamp;
  r->boottime = bpf_ktime_get_boot_ns();
  refer(&r->self, task);
  refer(&r->parent, parent);
  BPF_CORE_READ_INTO(&r->comm, task, comm);
  BPF_CORE_READ_INTO(&r->parent_comm, parent, comm);
  refer_leader(&r->session_leader, BPF_CORE_READ(signal, pids[PIDTYPE_SID]));
  refer_leader(&r->group_leader, BPF_CORE_READ(signal, pids[PIDTYPE_PGID]));
  fill_ids(r, task);
  r->flags = 0;
  find_creator(w);
  fill_terminal(w, signal);
  if (BPF_CORE_READ(task, ptrace)) flag(w, EXEC_TRACED);

  u64 stack = BPF_CORE_READ(mm, start_stack), env_end = BPF_CORE_READ(mm, env_end);
  u32 argc = 0; /* the word at the top of the stack; its lower half suffices in a 64-bit process */
  bpf_probe_read_user(&argc, sizeof argc, (void*)stack);
  r->argc = argc;
  if (!(stack >> 32)) flag(w, EXEC_32BIT);

  c->at = c->from = 0;
  add_invoked_path(w, c, env_end);
  close_part(w, c, PART_PATH);
  struct file* executable = BPF_CORE_READ(mm, exe_file);
  add_path(w, c, &executable->f_path, EXEC_EXECUTABLE_CUT, EXEC_EXECUTABLE_DELETED);
  close_part(w, c, PART_EXECUTABLE);
  struct fs_struct* fs = BPF_CORE_READ(task, fs);
  add_path(w, c, &fs->pwd, EXEC_DIRECTORY_CUT, EXEC_DIRECTORY_DELETED);
  close_part(w, c, PART_DIRECTORY);
  add_cgroup(w, c, task);
  close_part(w, c, PART_CGROUP);
  c->worth = set->environment;
  c->end = env_end;
  c->text = BPF_CORE_READ(mm, env_start);
  if (c->worth && set->pair) look_for(c, set->pair);
  c->text = BPF_CORE_READ(mm, env_start);
  if (c->worth) add_environment(w, c, set->environment);
  close_part(w, c, PART_ENV);

  u64 text = BPF_CORE_READ(mm, arg_start), end = BPF_CORE_READ(mm, arg_end), first = end - text;
  r->args_size = end - text;
  if (first > ARGS_FIRST_MAX) first = ARGS_FIRST_MAX;
  int failed = add_args(w, c, text, first);
  close_part(w, c, PART_ARGS);
  if (failed || r->args_size > ARGS_FIRST_MAX) flag(w, EXEC_ARGS_MORE);

  c->from = c->at;
  char* padding = room(w, c, 8, 8);
  if (!padding) return PASS;
  __builtin_memset(padding, 0, 8);
  u64 size = sizeof *r + ((c->at + 7) & ~7ull);
  r->header.size = size;
  KEEP(size);
  if (size > sizeof *w) return PASS;
  if (bpf_ringbuf_output(&records, w, size, 0)) {
    n->passed++; /* a full ring: user space reads /proc */
    return PASS;
  }
  n->written++;
  if (failed) return PASS; /* so that user space reads argv from /proc */
  if (end - text > ARGS_FIRST_MAX && send_rest(w, n, text + ARGS_FIRST_MAX, end)) return PASS;
  return set->pass_all ? PASS : DROP;
}

/* The kernel numbers its messages on every CPU (proc_event_connector: local_event.count), so a number left out is a
 * message lost. */
static __always_inline void count_gap(const struct message* m, struct filter_counters* n) {
  u32 zero = 0, *last = bpf_map_lookup_elem(&sequences, &zero);
  if (!last) return;
  if (*last && m->seq != *last + 1) n->gaps += m->seq - *last - 1;
  *last = m->seq;
}

SEC("socket")
int exec_filter(struct __sk_buff* skb) {
  u32 zero = 0, from = 1;
  struct filter_counters* n = bpf_map_lookup_elem(&counters, &zero);
  struct sk_buff* kernel_skb = (void*)skb;
  struct message m;
  if (!n || bpf_skb_load_bytes(skb, NLMSG_HDRLEN, &m, sizeof m)) return PASS;
  /* Whoever has CAP_NET_ADMIN can multicast to the group; the filter would then read that process and call it an exec.
   */
  if (bpf_core_read(&from, sizeof from, &((struct netlink_skb_parms*)&kernel_skb->cb)->portid) || from) {
    n->forged++;
    return DROP;
  }
  count_gap(&m, n);
  if (m.what == PROC_EVENT_NONE) return PASS; /* the ACK of anybody's LISTEN, numbered like any other message */
  struct task_struct* task = (void*)bpf_get_current_task();
  if (m.what == PROC_EVENT_EXEC) return on_exec(task, &m, n);
  if (m.what == PROC_EVENT_FORK && m.ids[2] == m.ids[3]) { /* a process, not a thread */
    n->forks++;
    note_creator(task, &m);
  }
  struct filter_settings* set = bpf_map_lookup_elem(&settings, &zero);
  return set && set->pass_all ? PASS : DROP;
}
