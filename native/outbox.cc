#include "outbox.h"

#include <algorithm>

namespace wallwatch {

void Outbox::add(ExecDraft& draft) {
  size_t offset = staged_.size();
  draft.encode(staged_);
  index_.push_back({draft.fixed.timestamp, offset, staged_.size() - offset});
}

void Outbox::add(std::string_view record, u64 timestamp) {
  index_.push_back({timestamp, staged_.size(), record.size()});
  staged_.append(record);
}

bool Outbox::publish() {
  auto earlier = [](const Staged& a, const Staged& b) { return a.timestamp < b.timestamp; };
  if (!blocked_ && !std::is_sorted(index_.begin(), index_.end(), earlier))
    std::stable_sort(index_.begin(), index_.end(), earlier);
  for (; published_ < index_.size(); published_++) {
    const Staged& next = index_[published_];
    blocked_ = !batch_.append(std::string_view(staged_).substr(next.offset, next.size));
    if (blocked_) return false;
  }
  index_.clear();
  staged_.clear();
  published_ = 0;
  return true;
}

}  // namespace wallwatch
