// The proc lane: every exec is read from /proc, as soon as its message is there. It is a race that a short process can
// win.
#ifndef WALLWATCH_PROC_LANE_H
#define WALLWATCH_PROC_LANE_H

#include <memory>
#include <utility>

#include "inbox.h"
#include "lane.h"
#include "lineage.h"
#include "proc_reader.h"
#include "read_guard.h"
#include "stats.h"

namespace wallwatch {

class ProcLane : public Lane {
 public:
  ProcLane(Connector& connector, Inbox& inbox, std::shared_ptr<const ProcReader> reader, ReadGuard& guard, Stats& stats)
      : connector_(connector), inbox_(inbox), reader_(std::move(reader)), guard_(guard), stats_(stats) {}

  Intake take_in(Outbox& outbox) override;
  void sample(Losses& losses) override;
  void finish(Outbox&, Losses& losses) override { sample(losses); }
  void read_was_given_up() override { unresolved(); }

 private:
  void unresolved();
  void executed(const ConnectorEvent& event, Outbox& outbox);
  void add_lineage(ExecDraft& draft, u64 exec_key);

  Connector& connector_;
  Inbox& inbox_;
  const std::shared_ptr<const ProcReader> reader_;
  ReadGuard& guard_;
  Stats& stats_;
  Lineage lineage_;
  u64 unresolved_ = 0;        // not yet told
  u64 drops_ = 0, gaps_ = 0;  // told
};

}  // namespace wallwatch

#endif
