#include "bpf_map.h"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>

#include "system_error.h"

namespace wallwatch {

namespace {

long bpf(bpf_cmd command, int map, const void* key, const void* value) {
  bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.map_fd = static_cast<unsigned>(map);
  attributes.key = reinterpret_cast<uintptr_t>(key);
  attributes.value = reinterpret_cast<uintptr_t>(value);
  attributes.flags = command == BPF_MAP_UPDATE_ELEM ? BPF_ANY : 0;
  return syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

}  // namespace

bool BpfMap::look_up(const void* key, void* value) const { return !bpf(BPF_MAP_LOOKUP_ELEM, fd(), key, value); }

void BpfMap::update(const void* key, const void* value) {
  if (bpf(BPF_MAP_UPDATE_ELEM, fd(), key, value)) throw SystemError(errno, "bpf", "BPF_MAP_UPDATE_ELEM");
}

unsigned possible_cpus() {
  const char* name = "/sys/devices/system/cpu/possible";  // "0-3", "0,2-7"
  std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(name, "re"), fclose);
  if (!file) throw SystemError(errno, "open", name);
  unsigned first, last, count = 0;
  int n;
  while ((n = fscanf(file.get(), "%u-%u", &first, &last)) > 0) {
    count += n == 2 ? last - first + 1 : 1;
    if (fgetc(file.get()) != ',') break;
  }
  if (!count) throw SystemError(EINVAL, "read", name);
  return count;
}

}  // namespace wallwatch
