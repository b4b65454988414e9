#include "notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "descriptor.h"
#include "system_error.h"

namespace wallwatch {

void notify(const std::string& address, const std::string& state) {
  if (address.size() < 2 || (address[0] != '/' && address[0] != '@'))
    throw SystemError(EAFNOSUPPORT, "sendto", "neither a path nor an abstract name: " + address);
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (address.size() >= sizeof to.sun_path) throw SystemError(EINVAL, "sendto", "longer than an address may be");
  std::memcpy(to.sun_path, address.data(), address.size());
  socklen_t length = offsetof(sockaddr_un, sun_path) + address.size();
  // unix(7): an abstract name begins with a NUL and has all the bytes that its length says; a path ends with one.
  if (address[0] == '@')
    to.sun_path[0] = '\0';
  else
    length++;

  Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) throw SystemError(errno, "socket");
  ssize_t sent;
  do
    sent = sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                  reinterpret_cast<const sockaddr*>(&to), length);
  while (sent < 0 && errno == EINTR);
  if (sent < 0) throw SystemError(errno, "sendto", address);
}

}  // namespace wallwatch
