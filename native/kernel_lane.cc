#include "kernel_lane.h"

#include <cstring>
#include <utility>

#include "clocks.h"
#include "losses.h"
#include "outbox.h"
#include "proc_files.h"
#include "system_error.h"

namespace wallwatch {

namespace {

constexpr size_t kReadsMax = 32;           // of /proc between two looks into the ring: about 5 ms
constexpr size_t kReadBytesMax = 2 << 20;  // of argv in these
constexpr size_t kMessagesMax = 4096;      // held at a time where they need not be read
constexpr int kPassesMax = 4;              // through ring and socket in one round
// The filter has written the last part of argv long before; what is not there by then will not come.
constexpr u64 kArgsPatience = 100 * kMillisecond;

}  // namespace

KernelLane::KernelLane(Filter& filter, const Connector& connector, Inbox& inbox,
                       std::shared_ptr<const ProcReader> reader, std::vector<std::string> environment, Stats& stats)
    : filter_(filter),
      connector_(connector),
      inbox_(inbox),
      reader_(std::move(reader)),
      environment_(std::move(environment)),
      stats_(stats),
      ring_(filter.ring(), filter.ring_bytes()),
      recent_(filter.ring_bytes() / sizeof(exec_record)) {}  // so many a full ring holds at most

void KernelLane::set_pass_all(bool on) {
  pass_all_ = on;
  filter_.set_pass_all(on);
}

// A message is queued after its record was written, and a child's record is written after its parent's message was
// queued. So a message is judged only after the ring has been read to its end, and a round ends with a look into the
// socket: then nothing is given out before what caused it.
Intake KernelLane::take_in(Outbox& outbox) {
  Intake intake;
  take_messages();
  for (int pass = 0; pass < kPassesMax; pass++) {
    Ring::Next end = drain(outbox, intake);
    if (end == Ring::Next::record) {
      intake.more = true;
      return intake;
    }
    if (end == Ring::Next::busy) {
      intake.found = true;  // look again soon, not at once: whoever writes it may need this CPU
      return intake;
    }
    if (!messages_.empty()) intake.found = true;
    match_messages(outbox);
    if (!messages_.empty()) break;
    if (!take_messages()) {
      give_up(outbox, monotonic_now() - kArgsPatience);
      return intake;
    }
  }
  intake.more = true;
  return intake;
}

// True if it brought something.
bool KernelLane::take_messages() {
  size_t most = pass_all_ ? kMessagesMax : kReadsMax, before = messages_.size(), bytes = 0;
  while (messages_.size() < most && bytes < kReadBytesMax) {
    while (inbox_.empty())
      if (!inbox_.refill()) return messages_.size() != before;
    ConnectorEvent event = inbox_.pop();
    if (event.kind != EventKind::exec) continue;
    Passed passed{event.ids[1], event.timestamp, false, std::nullopt};
    if (!pass_all_) {
      passed.draft = reader_.read(passed.pid, passed.timestamp);
      passed.was_read = true;
      if (passed.draft) bytes += passed.draft->parts[PART_ARGS].size();
    }
    messages_.push_back(std::move(passed));
  }
  return messages_.size() != before;
}

Ring::Next KernelLane::drain(Outbox& outbox, Intake& intake) {
  while (outbox.has_room()) {
    Ring::Next next = ring_.next(record_);
    if (next != Ring::Next::record) {
      ring_.release();
      return next;
    }
    intake.found = true;
    on_record(outbox);
  }
  ring_.release();
  return Ring::Next::record;
}

void KernelLane::on_record(Outbox& outbox) {
  record_header header;
  if (record_.size() >= sizeof header) {
    memcpy(&header, record_.data(), sizeof header);
    if (header.kind == RECORD_EXEC && record_.size() >= sizeof(exec_record)) return on_exec(outbox);
    if (header.kind == RECORD_ARGS && record_.size() >= sizeof(args_record)) return on_args(outbox);
  }
  throw SystemError("EPROTO", "ring", "the filter wrote a record of no known form");
}

void KernelLane::on_exec(Outbox& outbox) {
  exec_record fixed;
  memcpy(&fixed, record_.data(), sizeof fixed);
  count(stats_.ring_records);
  recent_.add(fixed.self.pid, fixed.timestamp);
  assembly_.interrupt(fixed.header.cpu);
  if (assembly_.crowded()) give_up(outbox, 0);
  if (!(fixed.flags & EXEC_ARGS_MORE) && !fixed.part_size[PART_ENV]) {
    outbox.add(record_, fixed.timestamp);
    count(stats_.events);
    return;
  }
  ExecDraft draft;
  if (!draft.decode(record_)) throw SystemError("EPROTO", "ring", "the parts of a record do not fit into it");
  // The filter compares the first 8 bytes of a name.
  std::string seen = std::move(draft.parts[PART_ENV]);
  draft.parts[PART_ENV].clear();
  select_environment(seen, environment_, draft.parts[PART_ENV]);
  if (fixed.flags & EXEC_ARGS_MORE) {
    assembly_.begin(std::move(draft));
  } else {
    emit(draft, outbox);
  }
}

void KernelLane::on_args(Outbox& outbox) {
  args_record fixed;
  memcpy(&fixed, record_.data(), sizeof fixed);
  std::string_view bytes = std::string_view(record_).substr(sizeof fixed);
  if (fixed.size > bytes.size()) throw SystemError("EPROTO", "ring", "a part of argv is longer than its record");
  if (std::optional<ExecDraft> draft = assembly_.add(fixed, bytes.substr(0, fixed.size))) {
    complete_args(*draft, std::nullopt);
    emit(*draft, outbox);
  }
}

void KernelLane::match_messages(Outbox& outbox) {
  for (; !messages_.empty() && outbox.has_room(); messages_.pop_front()) match(messages_.front(), outbox);
}

void KernelLane::match(Passed& passed, Outbox& outbox) {
  if (std::optional<ExecDraft> draft = assembly_.take(passed.pid, passed.timestamp)) {
    complete_args(*draft, passed.draft);
    emit(*draft, outbox);
    return;
  }
  if (recent_.seen(passed.pid, passed.timestamp)) return;  // pass_all
  received_++;
  if (!passed.was_read) passed.draft = reader_.read(passed.pid, passed.timestamp);
  // If it has exec'd again, what was read may be that of the later program.
  if (!passed.draft || inbox_.has_exec(passed.pid) || recent_.later(passed.pid, passed.timestamp)) {
    count(stats_.unresolved);
    unresolved_++;
    return;
  }
  add_lineage(*passed.draft);
  emit(*passed.draft, outbox);
}

void KernelLane::complete_args(ExecDraft& draft, const std::optional<ExecDraft>& read) {
  std::string& args = draft.parts[PART_ARGS];
  if (args.size() >= draft.fixed.args_size) return;
  if (read && read->parts[PART_ARGS].compare(0, args.size(), args) == 0) {
    args = read->parts[PART_ARGS];
  } else if (std::optional<std::string> whole = reader_.args(draft.fixed.self.pid, draft.fixed.self.start, args)) {
    args = std::move(*whole);
  }
}

// Those whose argv will not be completed any more, for want of room in ring and socket.
void KernelLane::give_up(Outbox& outbox, u64 before) {
  while (std::optional<ExecDraft> draft = assembly_.take_abandoned(before)) {
    complete_args(*draft, std::nullopt);
    emit(*draft, outbox);
  }
}

void KernelLane::add_lineage(ExecDraft& draft) const {
  exec_record& fixed = draft.fixed;
  std::optional<creator_entry> entry = filter_.creator(fixed.self.pid);
  if (!entry || entry->fork_boottime < fixed.self.start) {  // an earlier process with this pid
    fixed.creator = fixed.parent;
    memcpy(fixed.creator_comm, fixed.parent_comm, sizeof fixed.creator_comm);
    return;
  }
  fixed.creator = {entry->exec_key, entry->start, entry->pid, 0};
  fixed.fork_time = entry->fork_time;
  memcpy(fixed.creator_comm, entry->comm, sizeof fixed.creator_comm);
  fixed.flags |= EXEC_CREATOR_KNOWN | (entry->kernel ? u32{EXEC_CREATOR_KERNEL} : 0u);
}

void KernelLane::emit(ExecDraft& draft, Outbox& outbox) {
  outbox.add(draft);
  count(stats_.events);
}

void KernelLane::sample(Losses& losses) {
  filter_counters now = filter_.counters();
  u64 passed_before = told_.passed;
  losses.add(LOSS_SEQUENCE_GAP, now.gaps - told_.gaps);
  losses.add(LOSS_RING_FULL, now.passed - told_.passed);
  losses.add(LOSS_UNRESOLVED, std::exchange(unresolved_, 0));
  count(stats_.gaps, now.gaps - told_.gaps);
  count(stats_.ring_full, now.passed - told_.passed);
  count(stats_.execs, now.execs - told_.execs);
  count(stats_.forged, now.forged - told_.forged);
  told_ = now;
  // A message may be on its way between the filter, which counted it, and the queue: so those that had passed the last
  // time.
  if (connector_.idle() && inbox_.empty() && messages_.empty()) count_overrun(losses, passed_before);
}

void KernelLane::count_overrun(Losses& losses, u64 passed) {
  if (passed <= received_ + overrun_) return;
  u64 more = passed - received_ - overrun_;
  losses.add(LOSS_SOCKET_OVERRUN, more);
  count(stats_.overrun, more);
  overrun_ += more;
}

void KernelLane::finish(Outbox& outbox, Losses& losses) {
  give_up(outbox, ~u64{0});
  sample(losses);
  count_overrun(losses, told_.passed);
}

}  // namespace wallwatch
