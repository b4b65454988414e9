#include "exec_draft.h"

#include <cstring>

namespace wallwatch {

namespace {

constexpr size_t padded(size_t size) { return (size + 7) & ~size_t{7}; }

}  // namespace

bool ExecDraft::decode(std::string_view record) {
  if (record.size() < sizeof fixed) return false;
  memcpy(&fixed, record.data(), sizeof fixed);
  size_t at = sizeof fixed;
  for (int i = 0; i < PART_COUNT; i++) {
    if (fixed.part_size[i] > record.size() - at) return false;
    parts[i].assign(record.data() + at, fixed.part_size[i]);
    at += fixed.part_size[i];
  }
  return true;
}

void ExecDraft::encode(std::string& out) {
  size_t size = sizeof fixed;
  for (int i = 0; i < PART_COUNT; i++) {
    fixed.part_size[i] = static_cast<u32>(parts[i].size());
    size += parts[i].size();
  }
  fixed.flags &= ~static_cast<u32>(EXEC_ARGS_MORE | EXEC_ARGS_CUT);
  if (parts[PART_ARGS].size() < fixed.args_size) fixed.flags |= EXEC_ARGS_CUT;
  fixed.header.size = static_cast<u32>(padded(size));
  fixed.header.kind = RECORD_EXEC;
  out.append(reinterpret_cast<const char*>(&fixed), sizeof fixed);
  for (const std::string& part : parts) out.append(part);
  out.append(padded(size) - size, '\0');
}

std::string reverse_components(std::string_view path) {
  std::string reversed;
  while (!path.empty()) {
    size_t slash = path.rfind('/');
    std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    if (!name.empty()) reversed.append(name).append("/");
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
  }
  return reversed;
}

}  // namespace wallwatch
