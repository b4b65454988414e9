#include "proc_reader.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "clocks.h"
#include "proc_files.h"
#include "system_error.h"

namespace wallwatch {

namespace {

constexpr size_t kEnvironmentMax = 256 * 1024;  // bytes of an environment looked at
constexpr std::string_view kDeleted = " (deleted)";

void copy_comm(char (&to)[16], const std::string& comm) {
  memset(to, 0, sizeof to);
  memcpy(to, comm.data(), std::min(comm.size(), sizeof to - 1));
}

bool strip_deleted(std::string& path) {
  if (path.size() < kDeleted.size() || path.compare(path.size() - kDeleted.size(), kDeleted.size(), kDeleted) != 0)
    return false;
  path.resize(path.size() - kDeleted.size());
  return true;
}

// A path as /proc shows it, into a part. Returns the flags that go with it.
u32 set_path(std::string& part, const ProcDirectory& process, const char* link, u32 cut, u32 deleted) {
  std::optional<std::string> path = process.link(link);
  if (!path) return cut;
  u32 flags = 0;
  std::string shown = *path;
  if (strip_deleted(shown) && !process.names_itself(link, *path)) {
    path = shown;
    flags |= deleted;
  }
  if (path->size() >= PATH_PART_MAX) flags |= cut;  // the kernel gives at most a page, without the leading directories
  // A memfd's name is one component, whatever is in it.
  part = (flags & deleted) && path->rfind("/memfd:", 0) == 0 ? path->substr(1) + "/" : reverse_components(*path);
  return flags;
}

}  // namespace

ProcReader::ProcReader(const std::string& root, std::vector<std::string> environment)
    : root_(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)), environment_(std::move(environment)) {
  if (!root_) throw SystemError(errno, "open", root);
}

std::optional<ExecDraft> ProcReader::read(u32 pid, u64 timestamp) const {
  ProcDirectory process(root_.get(), pid);
  if (!process) return std::nullopt;
  // argv first: it is what a process takes along when it ends.
  std::optional<ProcDirectory::Args> args = process.args(kArgsMax);
  std::optional<ProcStat> before = process.stat();
  if (!args || !before) return std::nullopt;
  u64 boottime = boottime_of(timestamp);
  if (before->start > boottime) return std::nullopt;  // a later process with the same pid
  // The kernel knows how long argv is: a different length is that of another exec, a moment before.
  if (before->arg_end > before->arg_start && args->size != before->arg_end - before->arg_start) {
    args = process.args(kArgsMax);
    if (!args) return std::nullopt;
  }

  std::optional<ExecDraft> draft(std::in_place);
  exec_record& fixed = draft->fixed;
  fixed.header.kind = RECORD_EXEC;
  fixed.header.lane = LANE_PROC;
  fixed.timestamp = timestamp;
  fixed.boottime = boottime;
  fixed.flags = EXEC_FIELDS_MISSING;
  fixed.self.pid = pid;
  fixed.self.start = before->start;
  fixed.argc = args->count;
  fixed.args_size = args->size;
  fixed.loginuid = fixed.audit_session = NO_ID;
  fixed.uid = fixed.euid = fixed.suid = fixed.gid = fixed.egid = fixed.sgid = NO_ID;
  fixed.parent.pid = before->ppid;
  fixed.session_leader.pid = before->session;
  fixed.group_leader.pid = before->pgrp;
  copy_comm(fixed.comm, before->comm);
  if (before->tty) {
    fixed.tty = before->tty;
    fixed.flags |= EXEC_TTY;
  }
  draft->parts[PART_ARGS] = std::move(args->text);

  std::optional<std::string> path;
  if (before->env_end) path = process.string_at(before->env_end, PATH_PART_MAX);
  if (path) draft->parts[PART_PATH] = std::move(*path);
  if (!path || draft->parts[PART_PATH].size() == PATH_PART_MAX) fixed.flags |= EXEC_PATH_CUT;
  read_paths(process, *draft);
  if (draft->parts[PART_ARGS].empty() && draft->parts[PART_EXECUTABLE].empty()) return std::nullopt;
  read_environment(process, *draft);
  read_ids(process, *draft);
  read_relatives(*before, *draft);

  // Has it exec'd again meanwhile, then the one and the other got mixed.
  std::optional<ProcStat> after = process.stat();
  if (after && after->start_stack && before->start_stack &&
      (after->start_stack != before->start_stack || after->arg_start != before->arg_start))
    return std::nullopt;
  return draft;
}

void ProcReader::read_paths(const ProcDirectory& process, ExecDraft& draft) const {
  draft.fixed.flags |=
      set_path(draft.parts[PART_EXECUTABLE], process, "exe", EXEC_EXECUTABLE_CUT, EXEC_EXECUTABLE_DELETED);
  draft.fixed.flags |=
      set_path(draft.parts[PART_DIRECTORY], process, "cwd", EXEC_DIRECTORY_CUT, EXEC_DIRECTORY_DELETED);
}

void ProcReader::read_environment(const ProcDirectory& process, ExecDraft& draft) const {
  if (environment_.empty()) return;
  std::optional<std::string> text = process.read("environ", kEnvironmentMax);
  if (!text || text->size() == kEnvironmentMax) draft.fixed.flags |= EXEC_ENV_CUT;
  if (text && !select_environment(*text, environment_, draft.parts[PART_ENV])) draft.fixed.flags |= EXEC_ENV_CUT;
}

void ProcReader::read_ids(const ProcDirectory& process, ExecDraft& draft) const {
  exec_record& fixed = draft.fixed;
  std::optional<std::string> text = process.read("status", 16384);
  if (std::optional<ProcStatus> status = text ? parse_status(*text) : std::nullopt) {
    fixed.uid = status->uid, fixed.euid = status->euid, fixed.suid = status->suid;
    fixed.gid = status->gid, fixed.egid = status->egid, fixed.sgid = status->sgid;
    fixed.cap_permitted = status->cap_permitted;
    fixed.cap_effective = status->cap_effective;
    fixed.local_pid = status->local_pid;
    if (status->tracer) fixed.flags |= EXEC_TRACED;
  }
  fixed.loginuid = process.number("loginuid", NO_ID);
  fixed.audit_session = process.number("sessionid", NO_ID);
  text = process.read("cgroup", 16384);
  if (std::optional<std::string> path = text ? parse_cgroup(*text) : std::nullopt)
    draft.parts[PART_CGROUP] = reverse_components(*path);
  fixed.ns_pid = process.name_space("pid");
  fixed.ns_net = process.name_space("net");
  fixed.ns_mnt = process.name_space("mnt");
  fixed.ns_user = process.name_space("user");
}

void ProcReader::read_relatives(const ProcStat& stat, ExecDraft& draft) const {
  exec_record& fixed = draft.fixed;
  for (process_ref* ref : {&fixed.parent, &fixed.session_leader, &fixed.group_leader}) {
    if (!ref->pid) continue;
    if (ref->pid == fixed.self.pid) {
      ref->start = fixed.self.start;
      continue;
    }
    std::optional<Identity> found = identify(ref->pid);
    // A parent or session leader that is younger is a later process with this pid. (The pid of a process group stays
    // taken as long as anybody is in it, and one may join the group of a younger process.)
    if (!found || (ref != &fixed.group_leader && found->start > stat.start)) continue;
    ref->start = found->start;
    if (ref == &fixed.parent) copy_comm(fixed.parent_comm, found->comm);
  }
}

std::optional<std::string> ProcReader::args(u32 pid, u64 start, std::string_view begin) const {
  ProcDirectory process(root_.get(), pid);
  if (!process) return std::nullopt;
  std::optional<ProcStat> stat = process.stat();
  std::optional<ProcDirectory::Args> args = process.args(kArgsMax);
  if (!stat || !args || args->text.empty()) return std::nullopt;
  if (stat->start != start - start % tick_length()) return std::nullopt;
  if (args->text.compare(0, begin.size(), begin) != 0) return std::nullopt;
  return std::move(args->text);
}

std::optional<ProcReader::Identity> ProcReader::identify(u32 pid) const {
  ProcDirectory process(root_.get(), pid);
  std::optional<ProcStat> stat = process ? process.stat() : std::nullopt;
  if (!stat) return std::nullopt;
  return Identity{stat->start, stat->comm, stat->kernel_thread};
}

}  // namespace wallwatch
