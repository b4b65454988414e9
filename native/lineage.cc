#include "lineage.h"

#include "clocks.h"

namespace wallwatch {

namespace {

// The connector reports a fork right after the kernel has noted the child's start; a fork whose time lies further from
// the start than this was that of an earlier process with the same pid.
constexpr u64 kForkDelayMax = 200 * kMillisecond;

}  // namespace

Lineage::Process* Lineage::add(u32 pid) {
  auto found = processes_.find(pid);
  if (found != processes_.end()) return &found->second;
  // Full only if exits were missed, or with very many processes: begin anew rather than track which one is oldest.
  if (processes_.size() >= kProcessesMax) processes_.clear();
  return &processes_[pid];
}

void Lineage::forked(u32 parent, u32 child, u64 time) {
  Creator creator;
  Process inherited;
  creator.pid = parent;
  creator.fork_time = time;
  if (auto found = processes_.find(parent); found != processes_.end()) {
    creator.exec_key = found->second.exec_key;
    creator.start = found->second.start;
    creator.comm = found->second.comm;
    creator.kernel = found->second.kernel;
    inherited.exec_key = found->second.exec_key;
  }
  inherited.fork_seen = true;
  inherited.fork_boottime = boottime_of(time);
  inherited.creator = std::move(creator);
  *add(child) = std::move(inherited);
}

u64 Lineage::executed(u32 pid) {
  Process* process = add(pid);
  process->exec_key = ++last_key_;
  process->comm.clear();
  return process->exec_key;
}

void Lineage::describe(u32 pid, u64 start, const std::string& comm, bool kernel) {
  Process* process = add(pid);
  process->start = start;
  process->comm = comm;
  process->kernel = kernel;
}

const Creator* Lineage::creator(u32 pid, u64 start) const {
  auto found = processes_.find(pid);
  if (found == processes_.end() || !found->second.fork_seen) return nullptr;
  u64 forked = found->second.fork_boottime;
  bool same = forked + tick_length() >= start && forked <= start + tick_length() + kForkDelayMax;
  return same ? &found->second.creator : nullptr;
}

u64 Lineage::exec_key(u32 pid) const {
  auto found = processes_.find(pid);
  return found == processes_.end() ? 0 : found->second.exec_key;
}

}  // namespace wallwatch
