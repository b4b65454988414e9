// The files of /proc/PID, parsed (proc(5)). Everything here can fail because the process is gone; that is no error.
#ifndef WALLWATCH_PROC_FILES_H
#define WALLWATCH_PROC_FILES_H

#include <optional>
#include <string>
#include <vector>

#include "descriptor.h"
#include "exec_record.h"

namespace wallwatch {

struct ProcStat {
  std::string comm;
  u32 ppid, pgrp, session;
  u32 tty;  // (major << 20) | minor
  bool kernel_thread;
  u64 start;                                     // ns CLOCK_BOOTTIME, cut to a tick (10 ms)
  u64 start_stack, arg_start, arg_end, env_end;  // addresses; 0 without the right to see them, and in a zombie
};

struct ProcStatus {
  u32 uid, euid, suid, gid, egid, sgid;
  u64 cap_permitted, cap_effective;
  u32 tracer;     // pid
  u32 local_pid;  // in the process's own pid namespace; 0 where the kernel does not say
};

std::optional<ProcStat> parse_stat(const std::string& text);
std::optional<ProcStatus> parse_status(const std::string& text);
// The path in cgroup v2 of /proc/PID/cgroup.
std::optional<std::string> parse_cgroup(const std::string& text);
// Of an environment, NUL-terminated strings, those whose NAME is asked for, up to ENV_PART_MAX bytes. True if that was
// all.
bool select_environment(std::string_view text, const std::vector<std::string>& names, std::string& selected);

// The whole of a file. Throws SystemError.
std::string read_file(const std::string& path);

// The directory of one process. What is read through it is of that process even if the pid has been given to another.
class ProcDirectory {
 public:
  ProcDirectory(int root, u32 pid);
  explicit operator bool() const { return static_cast<bool>(directory_); }

  // Reads the whole file, but no more than `most` bytes.
  std::optional<std::string> read(const char* name, size_t most) const;
  std::optional<std::string> link(const char* name) const;
  std::optional<ProcStat> stat() const;
  // A file with one number.
  u32 number(const char* name, u32 otherwise) const;
  // The inode number of a namespace, "net"; 0 where it cannot be read.
  u32 name_space(const char* name) const;
  // The NUL-terminated string at an address of the process's memory, without the NUL.
  std::optional<std::string> string_at(u64 address, size_t most) const;
  // argv, up to `most` bytes, and over all of it the number of bytes and of NULs.
  struct Args {
    std::string text;
    u64 size = 0, count = 0;
  };
  std::optional<Args> args(size_t most) const;
  // Whether the path, as /proc shows it, is the file that the link leads to, though it ends in " (deleted)".
  bool names_itself(const char* link, const std::string& path) const;

 private:
  Descriptor directory_;
};

}  // namespace wallwatch

#endif
