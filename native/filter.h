// The eBPF socket filter (native/bpf/exec_filter.bpf.c), loaded: its program and its maps.
#ifndef WALLWATCH_FILTER_H
#define WALLWATCH_FILTER_H

#include <optional>
#include <string>
#include <vector>

#include "bpf_map.h"
#include "descriptor.h"
#include "exec_record.h"

namespace wallwatch {

class Filter {
 public:
  // Loads it with the host's libbpf. Throws SystemError, with libbpf's own words in `log`.
  Filter(u32 ring_bytes, const std::vector<std::string>& environment);

  int program() const { return program_.get(); }
  int ring() const { return ring_.get(); }
  u32 ring_bytes() const { return ring_bytes_; }
  void set_pass_all(bool on);
  // Summed over the CPUs.
  filter_counters counters() const;
  // Who forked the process, if that was seen.
  std::optional<creator_entry> creator(u32 pid) const;

  const std::string& libbpf_file() const { return libbpf_file_; }
  const std::string& libbpf_version() const { return libbpf_version_; }

 private:
  void set_environment(const std::vector<std::string>& names, BpfMap map);

  Descriptor program_, ring_;
  BpfMap counters_, settings_, creators_;
  filter_settings set_{};
  unsigned cpus_;
  u32 ring_bytes_;
  std::string libbpf_file_, libbpf_version_;
};

}  // namespace wallwatch

#endif
