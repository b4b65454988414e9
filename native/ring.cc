#include "ring.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "system_error.h"

namespace wallwatch {

namespace {

// Producers look whether anybody must be woken at every position that we publish: rarely, then, but soon enough for
// them to find room.
constexpr u64 kReleaseStep = 256 * 1024;

}  // namespace

Ring::Ring(int map, u32 bytes) : bytes_(bytes), page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
  void* consumer = mmap(nullptr, page_, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
  if (consumer == MAP_FAILED) throw SystemError(errno, "mmap", "the ring buffer's consumer page");
  mapped_ = mmap(nullptr, page_ + bytes_, PROT_READ, MAP_SHARED, map, static_cast<off_t>(page_));
  if (mapped_ == MAP_FAILED) {
    int error = errno;
    munmap(consumer, page_);
    throw SystemError(error, "mmap", "the ring buffer");
  }
  consumer_ = static_cast<std::atomic<u64>*>(consumer);
  producer_ = static_cast<const std::atomic<u64>*>(mapped_);
  data_ = static_cast<const char*>(mapped_) + page_;
  position_ = consumer_->load(std::memory_order_relaxed);
}

Ring::~Ring() {
  munmap(consumer_, page_);
  munmap(mapped_, page_ + bytes_);
}

Ring::Next Ring::next(std::string& record) {
  for (;;) {
    if (position_ == producer_->load(std::memory_order_acquire)) return Next::nothing;
    // The header never wraps: positions are multiples of its size.
    auto* header = reinterpret_cast<const std::atomic<u32>*>(data_ + (position_ & (bytes_ - 1)));
    u32 length = header->load(std::memory_order_acquire);
    if (length & BPF_RINGBUF_BUSY_BIT) return Next::busy;
    u64 at = position_ + BPF_RINGBUF_HDR_SZ;
    u32 size = length & ~static_cast<u32>(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
    position_ = at + ((static_cast<u64>(size) + 7) & ~u64{7});
    if (length & BPF_RINGBUF_DISCARD_BIT) continue;
    record.resize(size);
    copy(at, record.data(), size);
    if (position_ - consumer_->load(std::memory_order_relaxed) >= kReleaseStep) release();
    return Next::record;
  }
}

void Ring::release() { consumer_->store(position_, std::memory_order_release); }

void Ring::copy(u64 position, char* to, size_t size) const {
  u64 offset = position & (bytes_ - 1);
  size_t first = std::min(size, static_cast<size_t>(bytes_ - offset));
  memcpy(to, data_ + offset, first);
  memcpy(to + first, data_, size - first);
}

}  // namespace wallwatch
