// deafener PID
//
// Takes the process connector's socket of another process, as root may (pidfd_getfd), and puts a filter on it that
// drops everything. Prints how many sockets that were.
#include <linux/filter.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace {

// linux/unistd.h of Debian 11 and later has both; the C library has no functions for them before 2.36.
int pidfd_open(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }
int pidfd_getfd(int pidfd, int fd) { return static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, fd, 0)); }

int option(int socket, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  return getsockopt(socket, SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  int process = pidfd_open(atoi(argv[1]));
  if (process < 0) {
    perror("pidfd_open");
    return 1;
  }
  sock_filter drop{BPF_RET | BPF_K, 0, 0, 0};
  sock_fprog program{1, &drop};
  int deaf = 0;
  for (int fd = 0; fd < 1024; fd++) {
    int socket = pidfd_getfd(process, fd);
    if (socket < 0) continue;
    if (option(socket, SO_DOMAIN) == AF_NETLINK && option(socket, SO_PROTOCOL) == NETLINK_CONNECTOR) {
      if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
        perror("SO_ATTACH_FILTER");
        return 1;
      }
      deaf++;
    }
    close(socket);
  }
  printf("%d\n", deaf);
  return deaf == 0;
}
