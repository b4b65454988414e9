#include "proc_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "clocks.h"
#include "system_error.h"

namespace wallwatch {

namespace {

constexpr u32 kKernelThread = 0x00200000;  // PF_KTHREAD of linux/sched.h

Descriptor open_at(int directory, const char* name, int flags) {
  return Descriptor(openat(directory, name, flags | O_CLOEXEC));
}

// read(), unless a signal comes first.
ssize_t read_some(int fd, char* to, size_t size) {
  ssize_t n;
  do n = ::read(fd, to, size);
  while (n < 0 && errno == EINTR);
  return n;
}

// The kernel's new_encode_dev(), as /proc/PID/stat shows a device, to its dev_t.
u32 device_of(u32 shown) {
  u32 major = (shown >> 8) & 0xfff, minor = (shown & 0xff) | ((shown >> 12) & 0xfff00);
  return major << 20 | minor;
}

// The value of "Name:\tvalue" in /proc/PID/status.
const char* field(const std::string& text, const char* name) {
  std::string key = std::string("\n") + name + ":\t";
  size_t at = text.find(key);
  return at == std::string::npos ? nullptr : text.c_str() + at + key.size();
}

}  // namespace

std::optional<ProcStat> parse_stat(const std::string& text) {
  // The name may hold blanks and parentheses: it ends with the last one.
  size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  ProcStat stat{};
  stat.comm = text.substr(open + 1, close - open - 1);
  constexpr int kFirst = 4, kLast = 51;  // fields, numbered as in proc(5)
  u64 fields[kLast + 1] = {};
  if (close + 3 >= text.size()) return std::nullopt;
  const char* at = text.c_str() + close + 3;  // behind ") S"
  for (int i = kFirst; i <= kLast; i++) {
    char* end;
    fields[i] = *at ? strtoull(at, &end, 10) : 0;
    if (!*at) {
      if (i <= 22) return std::nullopt;
      break;
    }
    if (end == at) return std::nullopt;
    at = *end == '\n' ? "" : end;
  }
  stat.ppid = static_cast<u32>(fields[4]);
  stat.pgrp = static_cast<u32>(fields[5]);
  stat.session = static_cast<u32>(fields[6]);
  stat.tty = device_of(static_cast<u32>(fields[7]));
  stat.kernel_thread = fields[9] & kKernelThread;
  stat.start = ticks_to_nanoseconds(fields[22]);
  stat.start_stack = fields[28];
  stat.arg_start = fields[48];
  stat.arg_end = fields[49];
  stat.env_end = fields[51];
  return stat;
}

std::optional<ProcStatus> parse_status(const std::string& text) {
  ProcStatus status{};
  const char *uid = field(text, "Uid"), *gid = field(text, "Gid");
  if (!uid || sscanf(uid, "%" SCNu32 " %" SCNu32 " %" SCNu32, &status.uid, &status.euid, &status.suid) != 3)
    return std::nullopt;
  if (!gid || sscanf(gid, "%" SCNu32 " %" SCNu32 " %" SCNu32, &status.gid, &status.egid, &status.sgid) != 3)
    return std::nullopt;
  if (const char* value = field(text, "CapPrm")) status.cap_permitted = strtoull(value, nullptr, 16);
  if (const char* value = field(text, "CapEff")) status.cap_effective = strtoull(value, nullptr, 16);
  if (const char* value = field(text, "TracerPid")) status.tracer = static_cast<u32>(strtoul(value, nullptr, 10));
  if (const char* value = field(text, "NSpid")) {  // one number a namespace, the innermost last
    std::string_view line(value, strcspn(value, "\n"));
    size_t last = line.find_last_of("\t ");
    status.local_pid = static_cast<u32>(strtoul(value + (last == std::string_view::npos ? 0 : last + 1), nullptr, 10));
  }
  return status;
}

std::optional<std::string> parse_cgroup(const std::string& text) {
  size_t at = text.rfind("0::/", 0) == 0 ? 0 : text.find("\n0::/");
  if (at == std::string::npos) return std::nullopt;
  at = text.find('/', at);
  return text.substr(at, text.find('\n', at) - at);
}

bool select_environment(std::string_view text, const std::vector<std::string>& names, std::string& selected) {
  bool whole = true;
  while (!text.empty()) {
    size_t size = std::min(text.find('\0'), text.size());
    std::string_view variable = text.substr(0, size);
    text.remove_prefix(std::min(size + 1, text.size()));
    size_t equals = variable.find('=');
    if (equals == std::string_view::npos) continue;
    if (std::find(names.begin(), names.end(), variable.substr(0, equals)) == names.end()) continue;
    if (variable.size() > ENV_VALUE_MAX - 1) {
      variable = variable.substr(0, ENV_VALUE_MAX - 1);
      whole = false;
    }
    if (selected.size() + variable.size() + 1 > ENV_PART_MAX) return false;
    selected.append(variable).push_back('\0');
  }
  return whole;
}

std::string read_file(const std::string& path) {
  Descriptor file = open_at(AT_FDCWD, path.c_str(), O_RDONLY);
  if (!file) throw SystemError(errno, "open", path);
  std::string text;
  char buffer[16384];
  while (ssize_t n = read_some(file.get(), buffer, sizeof buffer)) {
    if (n < 0) throw SystemError(errno, "read", path);
    text.append(buffer, static_cast<size_t>(n));
  }
  return text;
}

ProcDirectory::ProcDirectory(int root, u32 pid)
    : directory_(open_at(root, std::to_string(pid).c_str(), O_PATH | O_DIRECTORY)) {}

std::optional<std::string> ProcDirectory::read(const char* name, size_t most) const {
  Descriptor file = open_at(directory_.get(), name, O_RDONLY);
  if (!file) return std::nullopt;
  std::string text;
  char buffer[4096];
  while (text.size() < most) {
    ssize_t n = read_some(file.get(), buffer, std::min(sizeof buffer, most - text.size()));
    if (n < 0) return std::nullopt;
    if (n == 0) break;
    text.append(buffer, static_cast<size_t>(n));
  }
  return text;
}

std::optional<std::string> ProcDirectory::link(const char* name) const {
  char path[PATH_MAX];
  ssize_t n = readlinkat(directory_.get(), name, path, sizeof path);
  if (n < 0) return std::nullopt;
  return std::string(path, static_cast<size_t>(n));
}

std::optional<ProcStat> ProcDirectory::stat() const {
  std::optional<std::string> text = read("stat", 4096);
  return text ? parse_stat(*text) : std::nullopt;
}

u32 ProcDirectory::number(const char* name, u32 otherwise) const {
  std::optional<std::string> text = read(name, 32);
  return text && !text->empty() ? static_cast<u32>(strtoul(text->c_str(), nullptr, 10)) : otherwise;
}

u32 ProcDirectory::name_space(const char* name) const {
  std::optional<std::string> text = link((std::string("ns/") + name).c_str());  // "net:[4026531840]"
  size_t at = text ? text->find('[') : std::string::npos;
  return at == std::string::npos ? 0 : static_cast<u32>(strtoul(text->c_str() + at + 1, nullptr, 10));
}

std::optional<std::string> ProcDirectory::string_at(u64 address, size_t most) const {
  Descriptor memory = open_at(directory_.get(), "mem", O_RDONLY);
  if (!memory) return std::nullopt;
  std::string text(most, '\0');
  ssize_t n = pread(memory.get(), text.data(), most, static_cast<off_t>(address));
  if (n <= 0) return std::nullopt;
  text.resize(strnlen(text.data(), static_cast<size_t>(n)));
  return text;
}

std::optional<ProcDirectory::Args> ProcDirectory::args(size_t most) const {
  Descriptor file = open_at(directory_.get(), "cmdline", O_RDONLY);
  if (!file) return std::nullopt;
  Args args;
  char buffer[16384];
  for (;;) {
    ssize_t n = read_some(file.get(), buffer, sizeof buffer);
    if (n < 0) return std::nullopt;
    if (n == 0) return args;
    args.size += static_cast<u64>(n);
    args.count += static_cast<u64>(std::count(buffer, buffer + n, '\0'));
    if (args.text.size() < most) args.text.append(buffer, std::min(static_cast<size_t>(n), most - args.text.size()));
  }
}

bool ProcDirectory::names_itself(const char* link, const std::string& path) const {
  struct stat linked {
  }, named{};
  return !fstatat(directory_.get(), link, &linked, 0) && !::stat(path.c_str(), &named) &&
         linked.st_dev == named.st_dev && linked.st_ino == named.st_ino;
}

}  // namespace wallwatch
