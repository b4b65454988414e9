// Failures that come from the kernel, in the form in which JavaScript gets them: an Error with `code` and `syscall`.
#ifndef WALLWATCH_SYSTEM_ERROR_H
#define WALLWATCH_SYSTEM_ERROR_H

#include <stdexcept>
#include <string>

namespace wallwatch {

// What an errno is called, "EPERM"; "E123" for one that capture never meets.
std::string error_name(int number);

class SystemError : public std::runtime_error {
 public:
  // number: an errno.
  SystemError(int number, std::string syscall, const std::string& detail = {});
  // code: one that is no errno, like ENOACK.
  SystemError(std::string code, std::string syscall, const std::string& message);

  std::string code;
  std::string syscall;
  std::string log;  // what libbpf had to say, where it was libbpf that failed
};

}  // namespace wallwatch

#endif
