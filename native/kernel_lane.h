// The kernel lane: whole records come through the ring. The socket brings only what the filter let pass: execs for
// which the ring had no room (read from /proc at once), execs with a part of argv missing, and with pass_all every
// message.
#ifndef WALLWATCH_KERNEL_LANE_H
#define WALLWATCH_KERNEL_LANE_H

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "args_assembly.h"
#include "filter.h"
#include "inbox.h"
#include "lane.h"
#include "proc_worker.h"
#include "recent_execs.h"
#include "ring.h"
#include "stats.h"

namespace wallwatch {

class KernelLane : public Lane {
 public:
  // Throws SystemError.
  KernelLane(Filter& filter, const Connector& connector, Inbox& inbox, std::shared_ptr<const ProcReader> reader,
             std::vector<std::string> environment, Stats& stats);

  Intake take_in(Outbox& outbox) override;
  void sample(Losses& losses) override;
  void finish(Outbox& outbox, Losses& losses) override;
  int ring() const override { return filter_.ring(); }
  bool socket_is_urgent() const override { return !pass_all_; }
  void set_pass_all(bool on) override;

 private:
  // An exec of which the socket told, and what /proc said of it then.
  struct Passed {
    u32 pid;
    u64 timestamp;
    bool was_read;
    std::optional<ExecDraft> draft;
  };

  bool take_messages();
  Ring::Next drain(Outbox& outbox, Intake& intake);
  void on_record(Outbox& outbox);
  void on_exec(Outbox& outbox);
  void on_args(Outbox& outbox);
  void match_messages(Outbox& outbox);
  void match(Passed& passed, Outbox& outbox);
  void complete_args(ExecDraft& draft, const std::optional<ExecDraft>& read);
  void give_up(Outbox& outbox, u64 before);
  void add_lineage(ExecDraft& draft) const;
  void emit(ExecDraft& draft, Outbox& outbox);
  void count_overrun(Losses& losses, u64 passed);

  Filter& filter_;
  const Connector& connector_;
  Inbox& inbox_;
  ProcWorker reader_;
  const std::vector<std::string> environment_;
  Stats& stats_;
  Ring ring_;
  ArgsAssembly assembly_;
  RecentExecs recent_;
  std::string record_;
  std::deque<Passed> messages_;
  bool pass_all_ = false;

  filter_counters told_{};
  u64 received_ = 0;    // execs that came by the socket alone
  u64 overrun_ = 0;     // told
  u64 unresolved_ = 0;  // not yet told
};

}  // namespace wallwatch

#endif
