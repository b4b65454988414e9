/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The record of one exec, as the eBPF filter writes it into the ring buffer, as the proc lane fills it from /proc, and
 * as JavaScript decodes it (src/capture/record.ts): one flat layout for all three, in the byte order of the machine.
 *
 * A record is a header of fixed size, then the variable parts one after the other in the order of enum exec_part, each
 * as long as its entry in part_size says, without padding; the whole is padded with zeros to a multiple of 8 bytes.
 */
#ifndef WALLWATCH_EXEC_RECORD_H
#define WALLWATCH_EXEC_RECORD_H

#ifndef __bpf__
#include <stdint.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
#endif

/* What a record is. */
enum record_kind {
  RECORD_EXEC = 1, /* struct exec_record */
  RECORD_ARGS = 2, /* struct args_record: further argv of the exec record of the same cpu; never reaches JavaScript */
  RECORD_LOSS = 3, /* struct loss_record: made in user space */
};

enum record_lane { LANE_KERNEL = 1, LANE_PROC = 2 };

/* The variable parts. Paths of the kernel lane are components, the last one first, each followed by '/'
 * ("ls/bin/usr/" is /usr/bin/ls), since that is how dentries are walked; those of the proc lane are the same, so that
 * there is one decoder. The root directory is the empty part. */
enum exec_part {
  PART_PATH,       /* the invoked path (AT_EXECFN), no terminator; for a script it is the script */
  PART_EXECUTABLE, /* mm->exe_file, components reversed */
  PART_DIRECTORY,  /* working directory, components reversed */
  PART_CGROUP,     /* cgroup v2 path, components reversed */
  PART_ENV,        /* NAME=value of the variables asked for, each NUL-terminated */
  PART_ARGS,       /* argv as it stands in memory: each argument NUL-terminated */
  PART_COUNT,
};

enum exec_flag {
  EXEC_TRACED = 1u << 0,         /* a tracer is attached: it could have changed argv before and after this was read */
  EXEC_PATH_CUT = 1u << 1,       /* PART_PATH is longer than what stands there, or could not be read */
  EXEC_EXECUTABLE_CUT = 1u << 2, /* deeper or longer than the walk's bound: the leading directories are missing */
  EXEC_DIRECTORY_CUT = 1u << 3,
  EXEC_EXECUTABLE_DELETED = 1u << 4, /* the dentry is unhashed: unlinked, or a memfd ("memfd:NAME") */
  EXEC_ENV_CUT = 1u << 5,            /* more variables than were looked at */
  EXEC_ARGS_CUT = 1u << 6,           /* PART_ARGS is shorter than args_size */
  EXEC_ARGS_MORE = 1u << 7,          /* RECORD_ARGS follow; never set in what reaches JavaScript */
  EXEC_TTY = 1u << 8,                /* has a controlling terminal: tty is set */
  EXEC_32BIT = 1u << 9,
  EXEC_CREATOR_KNOWN = 1u << 10,  /* creator comes from the fork event, fork_time and creator_comm too */
  EXEC_CREATOR_KERNEL = 1u << 11, /* creator is a kernel thread: creator_comm, and no argv */
  EXEC_DIRECTORY_DELETED = 1u << 12,
  EXEC_FIELDS_MISSING = 1u << 13, /* proc lane: only what /proc gives; the missing members are 0 or NO_ID */
};

#define NO_ID 0xffffffffu /* an id that is not set: loginuid, audit_session of a process nobody logged in for */

/* One process at one moment. exec_key names one exec of one program (every exec opens its own struct file, and every
 * fork shares it); it is 0 where unknown and must never leave the agent: in the kernel lane it is a kernel address. */
struct process_ref {
  u64 exec_key;
  u64 start; /* ns CLOCK_BOOTTIME, start_boottime of the thread group leader; 0 where unknown */
  u32 pid;   /* in the initial pid namespace; 0 where unknown */
  u32 pad;
};

struct record_header {
  u32 size; /* of the whole record in bytes, padding included */
  u8 kind;  /* enum record_kind */
  u8 lane;  /* enum record_lane */
  u16 cpu;  /* that ran the filter */
};

struct exec_record {
  struct record_header header;
  u64 timestamp;           /* ns CLOCK_MONOTONIC: the connector's own time stamp of the event */
  u64 boottime;            /* ns CLOCK_BOOTTIME of the same moment */
  struct process_ref self; /* exec_key of the new program */
  struct process_ref
      creator;               /* who forked it, as it was at the fork; without EXEC_CREATOR_KNOWN: the real parent now */
  struct process_ref parent; /* the real parent now */
  struct process_ref session_leader; /* pid is set even where the leader is gone */
  struct process_ref group_leader;
  u64 fork_time; /* ns CLOCK_MONOTONIC, when the creator forked; 0 where unknown */
  u64 argc;      /* as the kernel counted it, exact even where argv is cut */
  u64 args_size; /* true length of argv in bytes */
  u64 cap_effective;
  u64 cap_permitted;
  u32 flags; /* enum exec_flag */
  u32 uid, euid, suid, gid, egid, sgid;
  u32 loginuid, audit_session;
  u32 tty;                             /* (major << 20) | minor of the controlling terminal, as the kernel's dev_t */
  u32 ns_pid, ns_net, ns_mnt, ns_user; /* inode numbers */
  u32 local_pid;                       /* pid as seen in the process's own pid namespace */
  u32 pad;
  char comm[16];
  char creator_comm[16];
  char parent_comm[16];
  u32 part_size[PART_COUNT];
  /* the parts follow */
};

struct args_record {
  struct record_header header;
  u64 timestamp; /* that of the exec */
  u32 pid;
  u32 size; /* of the bytes that follow */
  u32 more; /* 1: another one follows */
  u32 pad;
};

/* Why events are missing or came by the slower way. */
enum loss_reason {
  LOSS_SEQUENCE_GAP = 1,   /* connector messages of any type that the filter (proc lane: the socket) never saw */
  LOSS_RING_FULL = 2,      /* execs that found the ring full and were passed to the proc lane: late, not lost */
  LOSS_SOCKET_OVERRUN = 3, /* execs (proc lane: messages of any type) that the socket's queue had no room for */
  LOSS_UNRESOLVED = 4,     /* execs whose process was gone before /proc could be read */
  LOSS_CANARY_MISSED = 5,  /* made in JavaScript: the connector did not deliver the agent's own exec */
};

struct loss_record {
  struct record_header header;
  u64 from, until; /* ns CLOCK_BOOTTIME: the loss happened in this window */
  u64 count;       /* since the last loss record of the same reason */
  u32 reason;      /* enum loss_reason */
  u32 pad;
};

/* Bounds of the kernel lane. */
#define ARGS_FIRST_MAX 8192  /* bytes of argv in the exec record itself */
#define ARGS_CHUNK_MAX 8192  /* bytes of argv in each further record */
#define ARGS_CHUNKS_MAX 31   /* so argv is whole up to 256 KiB; what lies beyond is read from /proc at once */
#define PATH_PART_MAX 4096   /* bytes of each path */
#define CGROUP_PART_MAX 2048 /* bytes of the cgroup's path */
#define ENV_PART_MAX 4096    /* bytes of the environment variables asked for */
#define ENV_NAMES_MAX 64     /* environment variables that can be asked for */
#define ENV_VALUE_MAX 1024   /* bytes of one variable, name and terminator included */

/* What user space tells the filter: the map `settings`, one entry. */
struct filter_settings {
  u32 pass_all;    /* 1: write the record and let the message pass as well (kernels that count a listener off when its
                      filter drops) */
  u32 environment; /* the first letters of the names in the map `environment`, each a bit by its lower five; 0, no
                      names, spares every exec the walk over its environment */
  u32 pair;        /* the two letters with which all of "NAME=" begin, the first one in the low byte; 0 where they begin
                      differently */
  u32 pad;
};

/* What the filter counts: the map `counters`, one entry per CPU, never reset. */
struct filter_counters {
  u64 execs;     /* exec events that came from the kernel */
  u64 written;   /* exec records put into the ring */
  u64 passed;    /* exec messages let pass because the ring was full (pass_all does not count) */
  u64 forks;     /* fork events of thread group leaders */
  u64 gaps;      /* connector messages that the kernel numbered and the filter never saw */
  u64 forged;    /* messages dropped because they did not come from the kernel */
  u64 args_lost; /* further records of argv that found the ring full */
};

/* Who forked a process: the map `creators`, keyed by the child's pid, least recently used entries leave first. */
struct creator_entry {
  u64 exec_key;      /* of the program that the creator was running; 0 for a kernel thread */
  u64 start;         /* ns CLOCK_BOOTTIME, the creator's start */
  u64 fork_time;     /* ns CLOCK_MONOTONIC, the connector's time stamp of the fork */
  u64 fork_boottime; /* ns CLOCK_BOOTTIME; earlier than the child's start: the entry is of an earlier process with this
                        pid */
  u32 pid;
  u32 kernel; /* 1: a kernel thread; pid is then that of the real parent (2, kthreadd) */
  char comm[16];
};

/* The map `environment`: key = the first 8 bytes of "NAME=" (zero-padded; NAME longer than 8 bytes: its first 8), value
 * u8. User space removes what merely shares the 8 bytes. */

#endif
