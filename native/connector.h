// The process connector's netlink socket (kernel: drivers/connector/cn_proc.c; uapi/linux/cn_proc.h, connector.h).
#ifndef WALLWATCH_CONNECTOR_H
#define WALLWATCH_CONNECTOR_H

#include <vector>

#include "descriptor.h"
#include "exec_record.h"

namespace wallwatch {

// PROC_EVENT_*: constants of our own, since the header's enumeration moved out of struct proc_event with Linux 6.6.
// `lost` is none of the kernel's: it stands where messages are missing.
enum class EventKind : u32 { ack = 0, fork = 1, exec = 2, exit = 0x80000000, lost = 0xffffffff };

struct ConnectorEvent {
  EventKind kind;
  u32 cpu;
  u32 sequence;   // the kernel numbers its messages on each CPU
  u32 ack;        // of an ACK: the number of our LISTEN + 1
  u64 timestamp;  // ns CLOCK_MONOTONIC
  // fork: parent thread, parent process, child thread, child process; exec, exit: thread, process; ack: errno
  u32 ids[4];
};

// What one system call brought.
struct Received {
  size_t messages = 0;   // all that came
  size_t forged = 0;     // left out: not sent by the kernel
  bool overrun = false;  // the queue had no room for some since the last call (ENOBUFS)
  bool empty = false;    // nothing waits any more
};

class Connector {
 public:
  // Opens the socket; hears nothing yet. Throws SystemError.
  explicit Connector(int receive_bytes);

  // Attaches a BPF program of type SOCKET_FILTER, given by its descriptor.
  void attach(int program);
  // Joins and leaves the group to which the kernel multicasts. Joining needs CAP_NET_ADMIN.
  void join();
  void leave();
  // Asks the kernel to multicast. The ACK carries `number` + 1. Throws ECONNREFUSED in a child network namespace.
  void listen(u32 number);
  void ignore();

  // Appends what waits in the socket to `events`, up to some tens of messages. Throws SystemError.
  Received receive(std::vector<ConnectorEvent>& events);

  // Messages that the queue had no room for since the socket was opened, or 0 before Linux 4.12.
  u64 drops() const;
  // Nothing waits in the queue.
  bool idle() const;
  int fd() const { return socket_.get(); }

 private:
  void send(u32 operation, u32 number);

  Descriptor socket_;
};

}  // namespace wallwatch

#endif
