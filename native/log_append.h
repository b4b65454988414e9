// Appends lines to the alert log and brings them to its disk: look, write and sync in one go on one thread. Whoever
// waits for an alert would wait for each hand-over from thread to thread as well, which takes as long as half a sync.
#ifndef WALLWATCH_LOG_APPEND_H
#define WALLWATCH_LOG_APPEND_H

#include <sys/uio.h>

#include <optional>
#include <string>
#include <vector>

#include "exec_record.h"
#include "system_error.h"

namespace wallwatch {

struct LogAppended {
  // Bytes that the file had before; absent where another file, or none, is at the path, or `error` says why that is not
  // known.
  std::optional<u64> size;
  u64 written = 0;
  // All was written, and is on disk (fdatasync) in a file that still has a name.
  bool synced = false;
  // What failed, by its `syscall`: stat, fstat, writev or fdatasync.
  std::optional<SystemError> error;
};

// fd: the log, open for appending, as found at `path`. Nothing is written where it has another size than expected.
LogAppended append_to_log(int fd, const std::string& path, u64 expected_size, std::vector<iovec> pieces);

}  // namespace wallwatch

#endif
