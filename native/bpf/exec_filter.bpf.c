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

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define DATA_MAX (3 * PATH_PART_MAX + CGROUP_PART_MAX + ENV_PART_MAX + ARGS_FIRST_MAX)
#define NAME_SIZE 256 /* NAME_MAX and its '/' */
#define WALK_MAX 64   /* directories and mounts that a path is followed through */
#define CGROUP_MAX 24 /* levels of cgroups */
#define ENV_MAX 256   /* environment variables looked at */
#define SCAN_WORDS 64 /* words of the environment read at once, to see whether a walk over it is worth while */
#define SCAN_MAX 8    /* times that, at most */

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

/* What the connector sends (uapi/linux/connector.h, cn_proc.h), behind the netlink header. */
#define NLMSG_HDRLEN 16
struct message {
  u32 idx, val;
  u32 seq, ack;
  u16 len, flags;
  u32 what, cpu;
  u64 timestamp;
  u32 ids[4]; /* fork: parent's pid and tgid, child's pid and tgid */
} __attribute__((packed));
enum { PROC_EVENT_NONE = 0, PROC_EVENT_FORK = 1, PROC_EVENT_EXEC = 2 };
#define PASS ((u32)-1)
#define DROP 0

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

/* Puts `size` bytes of argv behind what is there: 0, or -1 where they cannot be read. */
static __always_inline int add_args(struct workspace* w, volatile struct cursor* c, u64 text, u64 size) {
  char* to = room(w, c, ARGS_FIRST_MAX, ARGS_FIRST_MAX);
  KEEP(size);
  if (!to || size > ARGS_FIRST_MAX || bpf_probe_read_user(to, size, (void*)text)) return -1;
  c->at += size;
  return 0;
}

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
