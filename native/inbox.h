// The connector's messages in the order in which they came, with the places marked where some are missing.
#ifndef WALLWATCH_INBOX_H
#define WALLWATCH_INBOX_H

#include <deque>
#include <vector>

#include "connector.h"
#include "stats.h"

namespace wallwatch {

class Inbox {
 public:
  // every_message: no filter is attached, so that each CPU's messages must be numbered without a gap.
  Inbox(Connector& connector, Stats& stats, bool every_message)
      : connector_(connector), stats_(stats), every_message_(every_message) {}

  // Reads some more of what waits in the socket. False: nothing waits.
  bool refill();
  bool empty() const { return queue_.empty(); }
  size_t size() const { return queue_.size(); }
  // A fork, exec or exit of a process (not of a thread of it), or EventKind::lost.
  ConnectorEvent pop();
  // Whether an exec of this process waits.
  bool has_exec(u32 pid) const;

  // The ACKs that came since the last call; they do not stand in the queue.
  std::vector<ConnectorEvent> take_acks();
  u64 gaps() const { return gaps_; }

 private:
  void follow(const ConnectorEvent& event);
  void lost();

  Connector& connector_;
  Stats& stats_;
  const bool every_message_;
  std::deque<ConnectorEvent> queue_;
  std::vector<ConnectorEvent> received_, acks_;
  struct Sequence {
    bool known = false;
    u32 last = 0;
  };
  std::vector<Sequence> sequences_;  // by CPU
  u64 gaps_ = 0;
  bool congested_ = false;
};

}  // namespace wallwatch

#endif
