#include "inbox.h"

#include <algorithm>
#include <utility>

namespace wallwatch {

namespace {

constexpr u32 kCpusMax = 8192;

bool of_process(const ConnectorEvent& event) {
  switch (event.kind) {
    case EventKind::fork:
      return event.ids[2] == event.ids[3];
    case EventKind::exit:
      return event.ids[0] == event.ids[1];
    default:
      return event.kind == EventKind::exec;
  }
}

}  // namespace

bool Inbox::refill() {
  received_.clear();
  Received result = connector_.receive(received_);
  count(stats_.socket_messages, result.messages);
  count(stats_.forged, result.forged);
  for (const ConnectorEvent& event : received_) {
    if (every_message_) follow(event);
    if (event.kind == EventKind::ack) {
      acks_.push_back(event);
    } else if (of_process(event)) {
      queue_.push_back(event);
    }
  }
  // An overrun is told before what the queue still holds, and the kernel adds nothing until that has been read
  // (NETLINK_S_CONGESTED): what is missing is missing there.
  if (result.overrun) congested_ = true;
  if (result.empty && congested_) {
    congested_ = false;
    lost();
  }
  return !result.empty;
}

ConnectorEvent Inbox::pop() {
  ConnectorEvent event = queue_.front();
  queue_.pop_front();
  return event;
}

bool Inbox::has_exec(u32 pid) const {
  return std::any_of(queue_.begin(), queue_.end(), [pid](const ConnectorEvent& event) {
    return event.kind == EventKind::exec && event.ids[1] == pid;
  });
}

std::vector<ConnectorEvent> Inbox::take_acks() { return std::exchange(acks_, {}); }

void Inbox::follow(const ConnectorEvent& event) {
  if (event.cpu >= kCpusMax) return;
  if (event.cpu >= sequences_.size()) sequences_.resize(event.cpu + 1);
  Sequence& sequence = sequences_[event.cpu];
  u32 missing = event.sequence - sequence.last - 1;
  if (sequence.known && missing != 0) {
    gaps_ += missing;
    lost();
  }
  sequence = {true, event.sequence};
}

void Inbox::lost() {
  ConnectorEvent mark{};
  mark.kind = EventKind::lost;
  queue_.push_back(mark);
}

}  // namespace wallwatch
