// The reader's end of a BPF ring buffer (kernel: kernel/bpf/ringbuf.c; Documentation/bpf/ringbuf.rst). One of our own,
// since it is short, maps the data once instead of twice, and gives the space back in large steps.
#ifndef WALLWATCH_RING_H
#define WALLWATCH_RING_H

#include <atomic>
#include <string>

#include "exec_record.h"

namespace wallwatch {

class Ring {
 public:
  // map: the descriptor of a BPF_MAP_TYPE_RINGBUF of so many bytes; it is not kept. Throws SystemError.
  Ring(int map, u32 bytes);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  enum class Next { record, nothing, busy };  // busy: a record is reserved and not written yet
  // Copies the next record's bytes. `record` stays as it is where there is none.
  Next next(std::string& record);
  // Tells the kernel that what was read may be overwritten.
  void release();

 private:
  void copy(u64 position, char* to, size_t size) const;

  const u64 bytes_;
  size_t page_;
  std::atomic<u64>* consumer_;
  void* mapped_;  // the producer's page, then the data
  const std::atomic<u64>* producer_;
  const char* data_;
  u64 position_;
};

}  // namespace wallwatch

#endif
