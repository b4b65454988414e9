// The records of one round, put into order and handed to the batch. What the batch has no room for waits here, and
// while anything waits, the lanes take in nothing more.
#ifndef WALLWATCH_OUTBOX_H
#define WALLWATCH_OUTBOX_H

#include <string>
#include <string_view>
#include <vector>

#include "batch.h"
#include "exec_draft.h"

namespace wallwatch {

class Outbox {
 public:
  static constexpr size_t kRoundBytes = 512 * 1024;  // a round ends when it has gathered this much

  explicit Outbox(Batch& batch) : batch_(batch) {}

  // Room for one record of whatever size.
  bool has_room() const { return !blocked_ && staged_.size() < kRoundBytes; }
  void add(ExecDraft& draft);
  // A record in its packed form, with the time that it is ordered by.
  void add(std::string_view record, u64 timestamp);

  // Ends the round: hands its records to the batch, in the order of their time stamps. False while some are left.
  bool publish();
  bool blocked() const { return blocked_; }

 private:
  struct Staged {
    u64 timestamp;
    size_t offset, size;
  };

  Batch& batch_;
  std::string staged_;
  std::vector<Staged> index_;
  size_t published_ = 0;  // of the index
  bool blocked_ = false;
};

}  // namespace wallwatch

#endif
