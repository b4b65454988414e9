// The host's libbpf, by dlopen: some ten functions whose prototypes have not changed since version 0.0.8. Debian's
// libbpf.a is not position-independent, so it cannot be linked into an addon; and so building needs no headers of it.
#ifndef WALLWATCH_LIBBPF_H
#define WALLWATCH_LIBBPF_H

#include <cstdarg>
#include <string>

#include "system_error.h"

struct bpf_object;
struct bpf_program;
struct bpf_map;

namespace wallwatch {

class Libbpf {
 public:
  // Takes the copy beside the addon, libbpf.so.1 or libbpf.so.0, whichever is there first. Throws SystemError ENOENT.
  Libbpf();
  ~Libbpf();
  Libbpf(const Libbpf&) = delete;
  Libbpf& operator=(const Libbpf&) = delete;

  const std::string& file() const { return file_; }
  const std::string& version() const { return version_; }  // "1.1", or of the file's name: "0.3.0"

  // From errors of version 0.x, an error pointer, and of 1.x, null and errno: an errno, or 0 if it is a good pointer.
  static int error_of(const void* pointer);

  bpf_object* (*object_open_mem)(const void*, size_t, const void*);
  int (*object_load)(bpf_object*);
  void (*object_close)(bpf_object*);
  bpf_program* (*find_program)(const bpf_object*, const char*);
  int (*program_fd)(const bpf_program*);
  bpf_map* (*find_map)(const bpf_object*, const char*);
  int (*map_fd)(const bpf_map*);
  int (*map_set_max_entries)(bpf_map*, unsigned);
  // enum libbpf_print_level: 0 warning, 1 info, 2 debug. Its setting is one for the whole process.
  using Print = int (*)(int level, const char* format, va_list);
  Print (*set_print)(Print);

 private:
  template <typename Function>
  void find(Function& function, const char* name, const char* old_name = nullptr);

  void* library_ = nullptr;
  std::string file_, version_;
};

}  // namespace wallwatch

#endif
