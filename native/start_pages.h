// The pages of the program's own file, Node.js, that only its start needed.
#ifndef WALLWATCH_START_PAGES_H
#define WALLWATCH_START_PAGES_H

#include <string>
#include <vector>

#include "exec_record.h"

namespace wallwatch {

// Addresses [from, to) that stand for bytes of a file.
struct FileRange {
  u64 from, to;
  u64 resident;  // bytes
};

// Of /proc/PID/smaps (proc(5)): the private mappings of `program` that cannot be written, and never were. A relocation
// that was written into one before it was made read-only makes its pages anonymous, and those must stay.
std::vector<FileRange> clean_ranges(const std::string& smaps, const std::string& program);

// Unmaps the pages of this process's program: whatever is still needed of them comes back from the page cache, a minor
// fault for 64 KiB. A start reads some 25 MB that are never looked at again (V8's snapshot, ICU's tables, the code of
// loaders), and as long as they are mapped the kernel takes them for used. Returns the bytes that were resident; it
// throws SystemError where /proc cannot be read.
u64 release_start_pages();

}  // namespace wallwatch

#endif
