#include "batch.h"

#include <cstring>

namespace wallwatch {

// Not initialized: memory that no batch has needed yet is not touched, and costs nothing.
Batch::Batch() : sides_{std::shared_ptr<u8[]>(new u8[kBatchBytes]), std::shared_ptr<u8[]>(new u8[kBatchBytes])} {}

bool Batch::append(std::string_view record) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (record.size() > kBatchBytes - size_) {
    writer_waits_ = true;
    return false;
  }
  memcpy(sides_[filling_].get() + size_, record.data(), record.size());
  size_ += record.size();
  return true;
}

bool Batch::claim_wake() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (wake_pending_ || size_ == 0) return false;
  wake_pending_ = true;
  return true;
}

bool Batch::empty() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return size_ == 0;
}

Batch::Taken Batch::take() {
  std::lock_guard<std::mutex> lock(mutex_);
  Taken taken;
  wake_pending_ = false;
  if (size_ == 0) return taken;
  taken = {filling_, size_, writer_waits_};
  filling_ = 1 - filling_;
  size_ = 0;
  writer_waits_ = false;
  return taken;
}

}  // namespace wallwatch
