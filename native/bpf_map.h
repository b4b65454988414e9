// Access to the filter's maps by bpf(2).
#ifndef WALLWATCH_BPF_MAP_H
#define WALLWATCH_BPF_MAP_H

#include "descriptor.h"

namespace wallwatch {

// Of the map's definition: the sizes of key and value. A value of a per-CPU map is one value for each possible CPU,
// each padded to 8 bytes.
class BpfMap {
 public:
  BpfMap() = default;
  explicit BpfMap(Descriptor fd) : fd_(std::move(fd)) {}

  // False where there is no such key.
  bool look_up(const void* key, void* value) const;
  // Throws SystemError.
  void update(const void* key, const void* value);
  int fd() const { return fd_.get(); }

 private:
  Descriptor fd_;
};

// How many values a look-up in a per-CPU map brings. Throws SystemError.
unsigned possible_cpus();

}  // namespace wallwatch

#endif
