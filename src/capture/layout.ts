/**
 * Where the members of the records of native/exec_record.h stand, in bytes. test/capture/layout.test.ts has the C++
 * compiler check every number against the header.
 */

/** enum record_kind; RECORD_ARGS never reaches JavaScript. */
export const RECORD_EXEC = 1;
export const RECORD_LOSS = 3;

/** enum record_lane */
export const LANE_KERNEL = 1;
export const LANE_PROC = 2;

/** struct record_header */
export const HEADER = { size: 0, kind: 4, lane: 5, cpu: 6, sizeof: 8 } as const;

/** struct process_ref */
export const REF = { execKey: 0, start: 8, pid: 16, sizeof: 24 } as const;

/** struct exec_record */
export const EXEC = {
  timestamp: 8,
  boottime: 16,
  self: 24,
  creator: 48,
  parent: 72,
  sessionLeader: 96,
  groupLeader: 120,
  forkTime: 144,
  argc: 152,
  argsSize: 160,
  capEffective: 168,
  capPermitted: 176,
  flags: 184,
  uid: 188,
  euid: 192,
  suid: 196,
  gid: 200,
  egid: 204,
  sgid: 208,
  loginUid: 212,
  auditSession: 216,
  tty: 220,
  nsPid: 224,
  nsNet: 228,
  nsMnt: 232,
  nsUser: 236,
  localPid: 240,
  comm: 248,
  creatorComm: 264,
  parentComm: 280,
  partSize: 296,
  sizeof: 320,
} as const;

/** Bytes of comm, creator_comm and parent_comm, the terminating NUL included (TASK_COMM_LEN). */
export const COMM_SIZE = 16;

/** enum exec_part */
export const PART = { path: 0, executable: 1, directory: 2, cgroup: 3, env: 4, args: 5, count: 6 } as const;

/** enum exec_flag; EXEC_ARGS_MORE never reaches JavaScript. */
export const FLAG = {
  traced: 1 << 0,
  pathCut: 1 << 1,
  executableCut: 1 << 2,
  directoryCut: 1 << 3,
  executableDeleted: 1 << 4,
  envCut: 1 << 5,
  argsCut: 1 << 6,
  tty: 1 << 8,
  bits32: 1 << 9,
  creatorKnown: 1 << 10,
  creatorKernel: 1 << 11,
  directoryDeleted: 1 << 12,
  fieldsMissing: 1 << 13,
} as const;

/** struct loss_record */
export const LOSS = { from: 8, until: 16, count: 24, reason: 32, sizeof: 40 } as const;

/** An id that is not set. */
export const NO_ID = 0xffffffff;
