#include "proc_lane.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "clocks.h"
#include "losses.h"
#include "outbox.h"

namespace wallwatch {

namespace {

constexpr int kExecsPerRound = 32;      // about 5 ms
constexpr size_t kLookAheadMax = 1024;  // messages held here rather than in the socket

}  // namespace

Intake ProcLane::take_in(Outbox& outbox) {
  Intake intake;
  for (int execs = 0; execs < kExecsPerRound && outbox.has_room();) {
    while (inbox_.empty())
      if (!inbox_.refill()) return intake;
    ConnectorEvent event = inbox_.pop();
    switch (event.kind) {
      case EventKind::fork:
        lineage_.forked(event.ids[1], event.ids[3], event.timestamp);
        break;
      case EventKind::exec:
        executed(event, outbox);
        intake.found = true;
        execs++;
        break;
      case EventKind::exit:
        lineage_.exited(event.ids[1]);
        break;
      default:
        lineage_.clear();
    }
  }
  intake.more = true;
  return intake;
}

void ProcLane::executed(const ConnectorEvent& event, Outbox& outbox) {
  u32 pid = event.ids[1];
  count(stats_.execs);
  u64 exec_key = lineage_.executed(pid);
  auto draft = guard_.run([reader = reader_, pid, at = event.timestamp] { return reader->read(pid, at); });
  // If it has exec'd again by now, what was read may be that of the later program.
  if (inbox_.size() < kLookAheadMax) inbox_.refill();
  if (!draft || inbox_.has_exec(pid)) return unresolved();
  add_lineage(*draft, exec_key);
  outbox.add(*draft);
  count(stats_.events);
}

void ProcLane::unresolved() {
  count(stats_.unresolved);
  unresolved_++;
}

void ProcLane::add_lineage(ExecDraft& draft, u64 exec_key) {
  exec_record& fixed = draft.fixed;
  fixed.self.exec_key = exec_key;
  lineage_.describe(fixed.self.pid, fixed.self.start, fixed.comm, false);
  for (process_ref* ref : {&fixed.parent, &fixed.session_leader, &fixed.group_leader})
    ref->exec_key = lineage_.exec_key(ref->pid);

  const Creator* creator = lineage_.creator(fixed.self.pid, fixed.self.start);
  if (!creator) {
    fixed.creator = fixed.parent;
    memcpy(fixed.creator_comm, fixed.parent_comm, sizeof fixed.creator_comm);
    return;
  }
  Creator known = *creator;
  if (!known.start) {
    std::optional<ProcReader::Identity> found = reader_->identify(known.pid);
    if (found && found->start <= fixed.self.start) {
      known.start = found->start;
      known.kernel = found->kernel_thread;
      // Its name is the one that it had then only if it has not exec'd since.
      if (lineage_.exec_key(known.pid) == known.exec_key) {
        known.comm = found->comm;
        lineage_.describe(known.pid, known.start, known.comm, known.kernel);
      }
    }
  }
  fixed.flags |= EXEC_CREATOR_KNOWN | (known.kernel ? u32{EXEC_CREATOR_KERNEL} : 0u);
  fixed.creator.pid = known.pid;
  fixed.creator.start = known.start;
  fixed.creator.exec_key = known.exec_key;
  fixed.fork_time = known.fork_time;
  memcpy(fixed.creator_comm, known.comm.data(), std::min(known.comm.size(), sizeof fixed.creator_comm - 1));
}

void ProcLane::sample(Losses& losses) {
  losses.add(LOSS_UNRESOLVED, std::exchange(unresolved_, 0));
  // First the drops: each gap that has been seen is then either among them or has another cause.
  u64 drops = connector_.drops();
  if (drops > drops_) {
    losses.add(LOSS_SOCKET_OVERRUN, drops - drops_);
    count(stats_.overrun, drops - drops_);
    drops_ = drops;
  }
  u64 gaps = inbox_.gaps() > drops ? inbox_.gaps() - drops : 0;
  if (gaps > gaps_) {
    losses.add(LOSS_SEQUENCE_GAP, gaps - gaps_);
    count(stats_.gaps, gaps - gaps_);
    gaps_ = gaps;
  }
}

}  // namespace wallwatch
