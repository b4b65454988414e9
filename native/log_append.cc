#include "log_append.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace wallwatch {

namespace {

// Worded as Node.js words those of its own calls, which the log makes as well.
SystemError failure(int number, const char* syscall, const std::string& path) {
  std::string code = error_name(number);
  std::string text = code + ": " + std::generic_category().message(number) + ", " + syscall + " '" + path + "'";
  return SystemError(code, syscall, text);
}

// write(2) may write less than it was given: on a full disk, and in a signal.
void write_all(int fd, const std::string& path, std::vector<iovec>& pieces, u64& written) {
  for (size_t first = 0; first < pieces.size();) {
    int count = static_cast<int>(std::min<size_t>(pieces.size() - first, IOV_MAX));
    ssize_t bytes = writev(fd, &pieces[first], count);
    if (bytes < 0) {
      if (errno == EINTR) continue;
      throw failure(errno, "writev", path);
    }
    written += bytes;
    size_t left = bytes;
    for (; first < pieces.size() && left >= pieces[first].iov_len; first++) left -= pieces[first].iov_len;
    if (left == 0) continue;
    pieces[first].iov_base = static_cast<char*>(pieces[first].iov_base) + left;
    pieces[first].iov_len -= left;
  }
}

void sync(int fd, const std::string& path) {
  while (fdatasync(fd) != 0)
    if (errno != EINTR) throw failure(errno, "fdatasync", path);
}

struct stat look(int fd, const std::string& path) {
  struct stat found;
  if (fstat(fd, &found) != 0) throw failure(errno, "fstat", path);
  return found;
}

// The size of the file if it is still at its path.
std::optional<u64> size_in_place(int fd, const std::string& path) {
  struct stat there;
  if (stat(path.c_str(), &there) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    throw failure(errno, "stat", path);
  }
  struct stat ours = look(fd, path);
  if (there.st_dev != ours.st_dev || there.st_ino != ours.st_ino) return std::nullopt;
  return ours.st_size;
}

}  // namespace

LogAppended append_to_log(int fd, const std::string& path, u64 expected_size, std::vector<iovec> pieces) {
  LogAppended appended;
  try {
    appended.size = size_in_place(fd, path);
    if (appended.size != expected_size) return appended;
    write_all(fd, path, pieces, appended.written);
    if (appended.written > 0) sync(fd, path);
    // Deleted since it was looked at: what was written is gone with it.
    appended.synced = look(fd, path).st_nlink > 0;
  } catch (const SystemError& error) {
    appended.error = error;
  }
  return appended;
}

}  // namespace wallwatch
