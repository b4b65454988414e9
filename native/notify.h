// Word to the service manager: sd_notify(3)'s datagrams, without libsystemd. Node.js has no datagram sockets of
// AF_UNIX.
#ifndef WALLWATCH_NOTIFY_H
#define WALLWATCH_NOTIFY_H

#include <string>

namespace wallwatch {

// Sends one datagram. It never waits: a manager that does not read makes it fail with EAGAIN.
// address: as in $NOTIFY_SOCKET, a path, or "@" and a name in the abstract namespace.
// Throws SystemError; EAFNOSUPPORT for an address of another kind.
void notify(const std::string& address, const std::string& state);

}  // namespace wallwatch

#endif
