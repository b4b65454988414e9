#include "connector.h"

#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "system_error.h"

namespace wallwatch {

namespace {

constexpr u32 kGroup = 1;  // CN_IDX_PROC, which is also CN_VAL_PROC
constexpr u32 kListen = 1, kIgnore = 2;
constexpr size_t kBurst = 32;     // messages that one system call takes
constexpr int kMeminfoDrops = 8;  // SK_MEMINFO_DROPS of linux/sock_diag.h

// struct cn_msg and the beginning of struct proc_event, as they follow the netlink header.
struct ConnectorHeader {
  u32 idx, val;
  u32 seq, ack;
  u16 len, flags;
};
struct Wire {
  ConnectorHeader connector;
  u32 what, cpu;
  u64 timestamp;
  u32 ids[4];
} __attribute__((packed));

struct Request {
  nlmsghdr netlink;
  ConnectorHeader connector;
  u32 operation;  // the 4-byte form: it gets an ACK, and every type of event
};
static_assert(sizeof(Request) == 40, "no padding");

struct Slot {
  alignas(nlmsghdr) char bytes[128];  // the longest message has 16 + 20 + 40
};

bool decode(const Slot& slot, size_t size, ConnectorEvent& event) {
  Wire wire;
  if (size < sizeof(nlmsghdr) + offsetof(Wire, ids) + sizeof(u32) || size > sizeof slot.bytes) return false;
  memset(&wire, 0, sizeof wire);
  memcpy(&wire, slot.bytes + sizeof(nlmsghdr), std::min(sizeof wire, size - sizeof(nlmsghdr)));
  if (wire.connector.idx != kGroup || wire.connector.val != kGroup) return false;
  event.kind = static_cast<EventKind>(wire.what);
  event.cpu = wire.cpu;
  event.sequence = wire.connector.seq;
  event.ack = wire.connector.ack;
  event.timestamp = wire.timestamp;
  memcpy(event.ids, wire.ids, sizeof event.ids);
  return true;
}

}  // namespace

Connector::Connector(int receive_bytes)
    : socket_(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR)) {
  if (!socket_) throw SystemError(errno, "socket", "NETLINK_CONNECTOR");
  // FORCE goes beyond net.core.rmem_max and needs CAP_NET_ADMIN; without it the socket works, with a shorter queue.
  if (setsockopt(fd(), SOL_SOCKET, SO_RCVBUFFORCE, &receive_bytes, sizeof receive_bytes) &&
      setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes))
    throw SystemError(errno, "setsockopt", "SO_RCVBUF");
}

void Connector::attach(int program) {
  if (setsockopt(fd(), SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof program))
    throw SystemError(errno, "setsockopt", "SO_ATTACH_BPF: the filter is charged to net.core.optmem_max");
}

void Connector::join() {
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = kGroup;
  if (bind(fd(), reinterpret_cast<sockaddr*>(&address), sizeof address))
    throw SystemError(errno, "bind", "the process connector");
}

void Connector::leave() {
  int group = kGroup;
  setsockopt(fd(), SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &group, sizeof group);
}

void Connector::listen(u32 number) { send(kListen, number); }
void Connector::ignore() { send(kIgnore, 0); }

void Connector::send(u32 operation, u32 number) {
  Request request{};
  request.netlink.nlmsg_len = sizeof request;
  request.netlink.nlmsg_type = NLMSG_DONE;
  request.connector.idx = kGroup;
  request.connector.val = kGroup;
  request.connector.seq = number;
  request.connector.ack = number;
  request.connector.len = sizeof request.operation;
  request.operation = operation;
  while (::send(fd(), &request, sizeof request, 0) < 0)
    if (errno != EINTR) throw SystemError(errno, "send", "the process connector");
}

Received Connector::receive(std::vector<ConnectorEvent>& events) {
  Slot slots[kBurst];
  sockaddr_nl senders[kBurst];
  iovec vectors[kBurst];
  mmsghdr messages[kBurst] = {};
  for (size_t i = 0; i < kBurst; i++) {
    vectors[i] = {slots[i].bytes, sizeof slots[i].bytes};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_hdr.msg_name = &senders[i];
    messages[i].msg_hdr.msg_namelen = sizeof senders[i];
  }
  Received result;
  int count = recvmmsg(fd(), messages, kBurst, MSG_DONTWAIT, nullptr);
  if (count < 0) {
    if (errno == EAGAIN) {
      result.empty = true;
    } else if (errno == ENOBUFS) {
      result.overrun = true;  // told once; the queue is still full of what came before
    } else if (errno != EINTR) {
      throw SystemError(errno, "recvmmsg", "the process connector");
    }
    return result;
  }
  result.messages = static_cast<size_t>(count);
  for (size_t i = 0; i < result.messages; i++) {
    ConnectorEvent event;
    if (senders[i].nl_pid != 0 || !decode(slots[i], messages[i].msg_len, event)) {
      result.forged++;
    } else {
      events.push_back(event);
    }
  }
  return result;
}

bool Connector::idle() const {
  pollfd poll_for{fd(), POLLIN, 0};
  return poll(&poll_for, 1, 0) == 0;
}

u64 Connector::drops() const {
  u32 meminfo[kMeminfoDrops + 1] = {};
  socklen_t size = sizeof meminfo;
#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif
  if (getsockopt(fd(), SOL_SOCKET, SO_MEMINFO, meminfo, &size) || size < sizeof meminfo) return 0;
  return meminfo[kMeminfoDrops];
}

}  // namespace wallwatch
