// A service manager's end of sd_notify(3): notify_listener ADDRESS
// Prints "listening", and then each datagram as one line "PID TEXT" with the sender's pid, the newlines of the text as
// "|".
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::string address = argv[1];
  sockaddr_un own{};
  own.sun_family = AF_UNIX;
  if (address.size() >= sizeof own.sun_path) return 2;
  std::memcpy(own.sun_path, address.data(), address.size());
  if (address[0] == '@') own.sun_path[0] = '\0';
  int listener = socket(AF_UNIX, SOCK_DGRAM, 0);
  int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  socklen_t length = offsetof(sockaddr_un, sun_path) + address.size();
  if (bind(listener, reinterpret_cast<sockaddr*>(&own), length) != 0) {
    perror("bind");
    return 1;
  }
  setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  puts("listening");
  for (;;) {
    char text[4096];
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
    iovec part{text, sizeof text};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ssize_t size = recvmsg(listener, &message, 0);
    if (size < 0) return 1;
    ucred sender{};
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header != nullptr && header->cmsg_type == SCM_CREDENTIALS)
      std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
    std::replace(text, text + size, '\n', '|');
    printf("%d %.*s\n", sender.pid, static_cast<int>(size), text);
  }
}
