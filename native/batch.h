// The bounded double buffer between the capture thread and JavaScript: one side is filled while the other is read.
#ifndef WALLWATCH_BATCH_H
#define WALLWATCH_BATCH_H

#include <memory>
#include <mutex>
#include <string_view>

#include "exec_draft.h"
#include "exec_record.h"

namespace wallwatch {

constexpr size_t kBatchBytes = 2 << 20;  // of each side
static_assert(kBatchBytes >= kRecordMax, "the longest record must fit");

class Batch {
 public:
  Batch();

  // Capture thread: false if there is no room now; taken() of the reader will then say so.
  bool append(std::string_view record);
  // Capture thread: true if the reader has something to take and was not woken for it yet. At most one wake is ever
  // pending.
  bool claim_wake();
  bool empty() const;

  // Reader: which side and how many bytes of it are now its own, until the next take that brings something.
  struct Taken {
    int side = 0;
    size_t size = 0;            // 0: nothing was pending
    bool writer_waits = false;  // an append() failed for want of room since the last take
  };
  Taken take();
  const std::shared_ptr<u8[]>& side(int which) const { return sides_[which]; }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<u8[]> sides_[2];
  int filling_ = 0;
  size_t size_ = 0;
  bool wake_pending_ = false;
  bool writer_waits_ = false;
};

}  // namespace wallwatch

#endif
