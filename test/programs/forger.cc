// forger PID
//
// Multicasts an exec event of process PID to the process connector's group, as anybody with CAP_NET_ADMIN can, and says
// so when it is sent.
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace {

struct Message {
  nlmsghdr netlink;
  uint32_t idx, val, seq, ack;
  uint16_t len, flags;
  uint32_t what, cpu;
  uint64_t timestamp;
  uint32_t pid, tgid;
  uint32_t rest[4];
} __attribute__((packed));

constexpr uint32_t kGroup = 1;  // CN_IDX_PROC, CN_VAL_PROC
constexpr uint32_t kExec = 2;   // PROC_EVENT_EXEC

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  int fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_CONNECTOR);
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  Message message{};
  message.netlink.nlmsg_len = sizeof message;
  message.netlink.nlmsg_type = NLMSG_DONE;
  message.idx = message.val = kGroup;
  message.len = sizeof message - offsetof(Message, what);
  message.what = kExec;
  message.timestamp = static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
  message.pid = message.tgid = static_cast<uint32_t>(atol(argv[1]));
  sockaddr_nl group{};
  group.nl_family = AF_NETLINK;
  group.nl_groups = kGroup;
  if (fd < 0 || sendto(fd, &message, sizeof message, 0, reinterpret_cast<sockaddr*>(&group), sizeof group) < 0) {
    perror("forger");
    return 1;
  }
  puts("sent");
  return 0;
}
