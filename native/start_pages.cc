#include "start_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <sstream>

#include "proc_files.h"
#include "system_error.h"

namespace wallwatch {

namespace {

constexpr u64 kKilobyte = 1024;

// One mapping of smaps: its first line, and then a line for each figure.
struct Mapping {
  FileRange range;
  bool wanted;
  u64 anonymous;
};

std::string own_program() {
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  if (length < 0) throw SystemError(errno, "readlink", "/proc/self/exe");
  return std::string(path, static_cast<size_t>(length));
}

}  // namespace

std::vector<FileRange> clean_ranges(const std::string& smaps, const std::string& program) {
  std::vector<FileRange> ranges;
  Mapping mapping{};
  auto take = [&] {
    if (mapping.wanted && mapping.anonymous == 0 && mapping.range.resident > 0) ranges.push_back(mapping.range);
  };
  std::istringstream lines(smaps);
  for (std::string line; std::getline(lines, line);) {
    unsigned long long from, to, kilobytes;
    char access[5];
    int path = 0;
    if (sscanf(line.c_str(), "%llx-%llx %4s %*s %*s %*s %n", &from, &to, access, &path) == 3 && path > 0) {
      take();
      bool clean = access[1] == '-' && access[3] == 'p';
      mapping = {{from, to, 0}, clean && line.compare(static_cast<size_t>(path), std::string::npos, program) == 0, 0};
    } else if (sscanf(line.c_str(), "Rss: %llu kB", &kilobytes) == 1) {
      mapping.range.resident = kilobytes * kKilobyte;
    } else if (sscanf(line.c_str(), "Anonymous: %llu kB", &kilobytes) == 1) {
      mapping.anonymous = kilobytes;
    }
  }
  take();
  return ranges;
}

u64 release_start_pages() {
  u64 released = 0;
  for (const FileRange& range : clean_ranges(read_file("/proc/self/smaps"), own_program())) {
    // Pages that are locked into memory stay.
    if (madvise(reinterpret_cast<void*>(range.from), range.to - range.from, MADV_DONTNEED) == 0)
      released += range.resident;
  }
  return released;
}

}  // namespace wallwatch
