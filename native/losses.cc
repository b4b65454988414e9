#include "losses.h"

#include "clocks.h"
#include "outbox.h"

namespace wallwatch {

Losses::Losses() : since_(boottime_now()) {}

void Losses::add(loss_reason reason, u64 count) { pending_[reason] += count; }

void Losses::tell(Outbox& outbox) {
  u64 until = boottime_now();
  for (int reason = LOSS_SEQUENCE_GAP; reason < kReasons; reason++) {
    if (!pending_[reason]) continue;
    loss_record record{};
    record.header = {sizeof record, RECORD_LOSS, 0, 0};
    record.from = since_;
    record.until = until;
    record.count = pending_[reason];
    record.reason = static_cast<u32>(reason);
    outbox.add(std::string_view(reinterpret_cast<const char*>(&record), sizeof record), monotonic_now());
    pending_[reason] = 0;
  }
  since_ = until;
}

}  // namespace wallwatch
