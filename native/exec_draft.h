// An exec record in the making: struct exec_record and its parts, before they are packed into the flat form.
#ifndef WALLWATCH_EXEC_DRAFT_H
#define WALLWATCH_EXEC_DRAFT_H

#include <string>
#include <string_view>

#include "exec_record.h"

namespace wallwatch {

// Bytes of argv in a record, whichever way they were had. Linux allows up to 6 MiB.
constexpr size_t kArgsMax = 1 << 20;
// No record is longer.
constexpr size_t kRecordMax =
    sizeof(exec_record) + 3 * PATH_PART_MAX + CGROUP_PART_MAX + ENV_PART_MAX + kArgsMax + 64 * 1024;

struct ExecDraft {
  exec_record fixed{};
  std::string parts[PART_COUNT];

  // Takes a record apart. False where its sizes contradict each other.
  bool decode(std::string_view record);
  // Appends the packed record to `out`: sizes, padding and EXEC_ARGS_CUT are put right.
  void encode(std::string& out);
};

// "/usr/bin/ls" -> "ls/bin/usr/"; "/" -> "".
std::string reverse_components(std::string_view path);

}  // namespace wallwatch

#endif
