#include "system_error.h"

#include <cerrno>
#include <cstring>
#include <system_error>

namespace wallwatch {

namespace {

struct Name {
  int number;
  const char* name;
};

// glibc has strerrorname_np() only since 2.32 (Debian 11: 2.31).
#define NAME(number) \
  { number, #number }
const Name names[] = {
    NAME(EPERM),       NAME(ENOENT),          NAME(ESRCH),           NAME(EINTR),        NAME(EIO),
    NAME(ENXIO),       NAME(E2BIG),           NAME(EBADF),           NAME(EAGAIN),       NAME(ENOMEM),
    NAME(EACCES),      NAME(EFAULT),          NAME(EBUSY),           NAME(EEXIST),       NAME(ENODEV),
    NAME(ENOTDIR),     NAME(EINVAL),          NAME(ENFILE),          NAME(EMFILE),       NAME(ENOSPC),
    NAME(EROFS),       NAME(EPIPE),           NAME(ERANGE),          NAME(ENOSYS),       NAME(ELOOP),
    NAME(EPROTO),      NAME(EBADMSG),         NAME(EOVERFLOW),       NAME(ENOTSOCK),     NAME(EMSGSIZE),
    NAME(ENOPROTOOPT), NAME(ENOBUFS),         NAME(EPROTONOSUPPORT), NAME(EAFNOSUPPORT), NAME(EADDRINUSE),
    NAME(EOPNOTSUPP),  NAME(ESOCKTNOSUPPORT), NAME(ETIMEDOUT),       NAME(ECONNREFUSED), NAME(EALREADY),
    NAME(EINPROGRESS), NAME(ECANCELED),       NAME(EFBIG),           NAME(EDQUOT),       NAME(ESTALE),
};
#undef NAME

std::string describe(int number, const std::string& syscall, const std::string& detail) {
  std::string text = syscall + ": " + std::generic_category().message(number);
  return detail.empty() ? text : text + " (" + detail + ")";
}

}  // namespace

std::string error_name(int number) {
  for (const Name& entry : names)
    if (entry.number == number) return entry.name;
  return "E" + std::to_string(number);
}

SystemError::SystemError(int number, std::string call, const std::string& detail)
    : std::runtime_error(describe(number, call, detail)), code(error_name(number)), syscall(std::move(call)) {}

SystemError::SystemError(std::string name, std::string call, const std::string& message)
    : std::runtime_error(message), code(std::move(name)), syscall(std::move(call)) {}

}  // namespace wallwatch
