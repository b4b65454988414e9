/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * What the connector sends (uapi/linux/connector.h, cn_proc.h), behind the netlink header.
 */
#ifndef WALLWATCH_BPF_MESSAGE_H
#define WALLWATCH_BPF_MESSAGE_H

#include "kernel.h"

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

#endif
