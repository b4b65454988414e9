// What capture counts, from the start of the last start(): written by the capture thread, read by anyone.
#ifndef WALLWATCH_STATS_H
#define WALLWATCH_STATS_H

#include <atomic>

#include "exec_record.h"

namespace wallwatch {

struct Stats {
  std::atomic<u64> events{0};           // exec records handed over
  std::atomic<u64> execs{0};            // exec events that the kernel sent: seen by the filter, or by the socket
  std::atomic<u64> ring_records{0};     // exec records read from the ring
  std::atomic<u64> socket_messages{0};  // messages of any type read from the socket
  std::atomic<u64> ring_full{0};        // execs that found the ring full
  std::atomic<u64> overrun{0};          // kernel lane: execs, proc lane: messages that the socket had no room for
  std::atomic<u64> unresolved{0};       // execs whose process was gone
  std::atomic<u64> gaps{0};             // messages that the kernel numbered and nobody saw
  std::atomic<u64> forged{0};           // messages that did not come from the kernel
  std::atomic<u64> batches{0};          // taken by JavaScript
  std::atomic<u64> wakes{0};            // of JavaScript
  std::atomic<u64> listens{0};          // LISTENs sent
};

inline void count(std::atomic<u64>& counter, u64 by = 1) { counter.fetch_add(by, std::memory_order_relaxed); }

}  // namespace wallwatch

#endif
