#include "libbpf.h"

#include <dlfcn.h>
#include <link.h>

#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>

namespace wallwatch {

namespace {

std::string beside_the_addon(const char* name) {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<void*>(&error_name), &info) || !info.dli_fname) return {};
  std::string file = info.dli_fname;
  size_t slash = file.rfind('/');
  return slash == std::string::npos ? std::string{} : file.substr(0, slash + 1) + name;
}

std::string file_of(void* library) {
  link_map* map = nullptr;
  if (dlinfo(library, RTLD_DI_LINKMAP, &map) || !map) return {};
  char real[PATH_MAX];
  return realpath(map->l_name, real) ? real : map->l_name;
}

}  // namespace

Libbpf::Libbpf() {
  std::string own = beside_the_addon("libbpf.so.1");
  for (const char* name : {own.c_str(), "libbpf.so.1", "libbpf.so.0"}) {
    if (*name) library_ = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library_) break;
  }
  if (!library_) {
    const char* why = dlerror();
    throw SystemError("ENOENT", "dlopen",
                      std::string("there is no libbpf on this host") + (why ? std::string(": ") + why : ""));
  }
  try {
    find(object_open_mem, "bpf_object__open_mem");
    find(object_load, "bpf_object__load");
    find(object_close, "bpf_object__close");
    find(find_program, "bpf_object__find_program_by_name");
    find(program_fd, "bpf_program__fd");
    find(find_map, "bpf_object__find_map_by_name");
    find(map_fd, "bpf_map__fd");
    find(map_set_max_entries, "bpf_map__set_max_entries", "bpf_map__resize");
    find(set_print, "libbpf_set_print");
  } catch (const SystemError&) {
    dlclose(library_);
    throw;
  }
  file_ = file_of(library_);
  // libbpf_version_string() came with 0.6; before, the file's name has it: "libbpf.so.0.3.0".
  if (auto version_string = reinterpret_cast<const char* (*)()>(dlsym(library_, "libbpf_version_string"))) {
    version_ = version_string();
    if (!version_.empty() && version_[0] == 'v') version_.erase(0, 1);
  } else if (size_t at = file_.rfind(".so."); at != std::string::npos) {
    version_ = file_.substr(at + 4);
  }
}

Libbpf::~Libbpf() { dlclose(library_); }

template <typename Function>
void Libbpf::find(Function& function, const char* name, const char* old_name) {
  void* found = dlsym(library_, name);
  if (!found && old_name) found = dlsym(library_, old_name);
  if (!found) throw SystemError("ENOSYS", "dlsym", file_of(library_) + " is too old: it has no " + name);
  function = reinterpret_cast<Function>(found);
}

int Libbpf::error_of(const void* pointer) {
  constexpr uintptr_t kErrnoMax = 4095;  // MAX_ERRNO of linux/err.h
  auto value = reinterpret_cast<uintptr_t>(pointer);
  if (!pointer) return errno ? errno : ENOENT;
  return value >= static_cast<uintptr_t>(0) - kErrnoMax ? static_cast<int>(static_cast<uintptr_t>(0) - value) : 0;
}

}  // namespace wallwatch
