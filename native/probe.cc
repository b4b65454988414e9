#include "probe.h"

#include <poll.h>

#include <vector>

#include "clocks.h"
#include "connector.h"
#include "filter.h"
#include "libbpf.h"

namespace wallwatch {

namespace {

constexpr int kReceiveBytes = 1 << 20;

template <typename Try>
std::optional<SystemError> error_of(Try attempt) {
  try {
    attempt();
    return std::nullopt;
  } catch (const SystemError& error) {
    return error;
  }
}

// Returns once the kernel has answered LISTEN.
void await_ack(Connector& connector, u32 number) {
  u64 deadline = monotonic_now() + kSecond;
  std::vector<ConnectorEvent> events;
  for (u64 now = monotonic_now(); now < deadline; now = monotonic_now()) {
    pollfd socket{connector.fd(), POLLIN, 0};
    poll(&socket, 1, static_cast<int>((deadline - now) / kMillisecond) + 1);
    events.clear();
    connector.receive(events);
    for (const ConnectorEvent& event : events) {
      if (event.kind != EventKind::ack || event.ack != number + 1) continue;
      if (event.ids[0]) throw SystemError(static_cast<int>(event.ids[0]), "listen", "the process connector refused");
      return;
    }
  }
  throw SystemError("ENOACK", "listen", "the process connector did not answer within a second");
}

void try_listen() {
  Connector connector(kReceiveBytes);
  connector.join();
  u32 number = static_cast<u32>(monotonic_now()) | 1;
  connector.listen(number);
  std::optional<SystemError> error = error_of([&] { await_ack(connector, number); });
  if (!error || error->code == "ENOACK") connector.ignore();
  if (error) throw *error;
}

}  // namespace

ProbeReport probe(u32 ring_bytes) {
  ProbeReport report;
  report.libbpf_error = error_of([&] {
    Libbpf libbpf;
    report.libbpf_file = libbpf.file();
    report.libbpf_version = libbpf.version();
  });
  report.filter_error = error_of([&] {
    Filter filter(ring_bytes, {});
    Connector(kReceiveBytes).attach(filter.program());
  });
  report.listen_error = error_of(try_listen);
  return report;
}

}  // namespace wallwatch
