// What this host allows, found out by trying, without starting to capture: for `wallwatch check`.
#ifndef WALLWATCH_PROBE_H
#define WALLWATCH_PROBE_H

#include <optional>
#include <string>

#include "exec_record.h"
#include "system_error.h"

namespace wallwatch {

struct ProbeReport {
  std::string libbpf_file, libbpf_version;  // empty if there is none
  std::optional<SystemError> libbpf_error;
  std::optional<SystemError> filter_error;  // loading it, or attaching it to a socket
  std::optional<SystemError> listen_error;  // socket, bind, LISTEN; ENOACK if no ACK came
};

// Takes up to a second.
ProbeReport probe(u32 ring_bytes);

}  // namespace wallwatch

#endif
