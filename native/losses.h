// Counts what was lost or came late, and tells it as loss records.
#ifndef WALLWATCH_LOSSES_H
#define WALLWATCH_LOSSES_H

#include <atomic>

#include "exec_record.h"

namespace wallwatch {

class Outbox;

class Losses {
 public:
  Losses();

  void add(loss_reason reason, u64 count);
  // Puts one record for each reason with a count since the last time into the outbox.
  void tell(Outbox& outbox);

 private:
  static constexpr int kReasons = LOSS_UNRESOLVED + 1;
  u64 pending_[kReasons] = {};
  u64 since_;  // ns CLOCK_BOOTTIME: when they were told last
};

}  // namespace wallwatch

#endif
