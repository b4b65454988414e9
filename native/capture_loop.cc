#include "capture_loop.h"

#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <exception>

#include "clocks.h"
#include "filter.h"
#include "kernel_lane.h"
#include "proc_lane.h"

namespace wallwatch {

namespace {

constexpr u64 kActiveTick = 250 * kMillisecond;  // between two looks at the counters
constexpr u64 kIdleTick = 900 * kMillisecond;    // so that a loss is told within a second
constexpr u64 kAckPatience = kSecond;
constexpr u64 kListenStep = 50 * kMillisecond;  // without an ACK, before LISTEN is sent again
constexpr u32 kListensMax = 16384;              // at a time: some 30 ms
constexpr u64 kStopPatience = 10 * kSecond;     // without the reader taking anything

bool become_realtime() {
  sched_param parameters{};
  parameters.sched_priority = 1;
  return !sched_setscheduler(0, SCHED_FIFO, &parameters);
}

}  // namespace

CaptureLoop::CaptureLoop(const CaptureOptions& options, CaptureObserver& observer, Requests& requests, Batch& batch,
                         Stats& stats)
    : options_(options), observer_(observer), requests_(requests), batch_(batch), stats_(stats), outbox_(batch) {}

CaptureLoop::~CaptureLoop() = default;

void CaptureLoop::run(const std::function<void()>& begin_watch) {
  conclude([&] {
    open();
    if (report_.lane == LANE_PROC) begin_watch();
    serve();
  });
}

void CaptureLoop::resume(const std::function<void()>& begin_watch, bool too_many) {
  conclude([&] {
    lane_->read_was_given_up();
    if (too_many) throw SystemError("EDEADLK", "read", "too many processes keep whoever reads their memory waiting");
    begin_watch();
    ready_ = true;
    serve();
  });
}

template <typename Work>
void CaptureLoop::conclude(Work work) {
  std::optional<SystemError> error;
  try {
    work();
  } catch (const SystemError& caught) {
    error = caught;
  } catch (const std::exception& caught) {  // of the C++ library: no memory or no thread is to be had
    error = SystemError("ENOMEM", "capture", caught.what());
  }
  ignore_all();
  lane_.reset();
  inbox_.reset();
  connector_.reset();
  filter_.reset();
  reader_.reset();
  if (started_) {
    observer_.stopped(error);
  } else {
    observer_.start_failed(error.value_or(SystemError("ECANCELED", "listen", "stopped while it was starting")));
  }
}

void CaptureLoop::open() {
  reader_ = std::make_shared<ProcReader>(options_.proc_root, options_.environment);
  if (options_.lane != CaptureOptions::Lane::proc) {
    try {
      open_kernel_lane();
    } catch (const SystemError& error) {
      if (options_.lane == CaptureOptions::Lane::kernel) throw;
      report_.why_not_kernel = error;
    }
  }
  if (!lane_) open_proc_lane();
  report_.realtime_priority = become_realtime();
  connector_->join();
  listen(monotonic_now());
}

void CaptureLoop::open_kernel_lane() {
  auto filter = std::make_unique<Filter>(options_.ring_bytes, options_.environment);
  auto connector = std::make_unique<Connector>(options_.receive_bytes);
  connector->attach(filter->program());
  auto inbox = std::make_unique<Inbox>(*connector, stats_, false);
  lane_ = std::make_unique<KernelLane>(*filter, *connector, *inbox, reader_, options_.environment, stats_);
  lane_->set_pass_all(requests_.pass_all);
  report_.lane = LANE_KERNEL;
  report_.libbpf_file = filter->libbpf_file();
  report_.libbpf_version = filter->libbpf_version();
  filter_ = std::move(filter);
  connector_ = std::move(connector);
  inbox_ = std::move(inbox);
}

void CaptureLoop::open_proc_lane() {
  connector_ = std::make_unique<Connector>(options_.receive_bytes);
  inbox_ = std::make_unique<Inbox>(*connector_, stats_, true);
  lane_ = std::make_unique<ProcLane>(*connector_, *inbox_, reader_, guard_, stats_);
  report_.lane = LANE_PROC;
}

void CaptureLoop::serve() {
  for (;;) {
    u64 now = monotonic_now();
    handle_requests(now);
    if (requests_.abandon) return;
    take_in(now);
    handle_acks(now);
    if (now >= next_tick_) tick(now);
    if (stopping_ && stop_is_done(now)) return;
    if (stopping_ && !started_) return;
    if (wake_wanted_ && now >= pacer_.next() && wake_reader()) pacer_.spend(now);
    wait(monotonic_now());
  }
}

void CaptureLoop::take_in(u64 now) {
  if (outbox_.blocked()) {
    wake_wanted_ = true;
    if (!outbox_.publish()) return;
  }
  if (!ready_ && !(deferred_ && now >= pacer_.next())) return;
  Intake intake = lane_->take_in(outbox_);
  outbox_.publish();
  ready_ = intake.more;
  deferred_ = false;
  if (!intake.found) return;
  active_ = wake_wanted_ = true;
  if (lane_->ring() >= 0 && now >= pacer_.next()) {
    pacer_.spend(now);
    deferred_ = pacer_.sustained(now);
    wake_reader();
  }
}

void CaptureLoop::handle_requests(u64 now) {
  lane_->set_pass_all(requests_.pass_all);
  if (requests_.stop && !stopping_) begin_stop(now);
  if (!listening_ && started_ && !stopping_ && listens_asked_ != requests_.listens) {
    listens_asked_++;
    try {
      listen(now);
    } catch (const SystemError& error) {
      answer(error);
    }
  }
}

void CaptureLoop::listen(u64 now) {
  // The ACK goes to every listener, so ours must be told from those of others.
  listening_ = Listen{static_cast<u32>(now ^ (now >> 32)) | 1, now + kAckPatience, now + kListenStep, 1};
  send_listens();
}

// Before Linux 6.6 the listeners are one number for the whole host. Below one the kernel answers nothing and tells
// nothing, and whoever has sent a thousand IGNOREs must not have us wait for a thousand canaries: so twice as many each
// time.
void CaptureLoop::listen_harder(u64 now) {
  listening_->burst = std::min(2 * listening_->burst, kListensMax);
  listening_->next = now + kListenStep;
  send_listens();
}

void CaptureLoop::send_listens() {
  for (u32 i = 0; i < listening_->burst; i++) {
    connector_->listen(listening_->number);
    listens_counted_++;
    count(stats_.listens);
  }
}

void CaptureLoop::handle_acks(u64 now) {
  for (const ConnectorEvent& ack : inbox_->take_acks()) {
    if (!listening_ || ack.ack != listening_->number + 1) continue;
    if (ack.ids[0]) {
      listens_counted_--;
      answer(SystemError(static_cast<int>(ack.ids[0]), "listen", "the process connector refused"));
    } else {
      answer(std::nullopt);
    }
  }
  if (listening_ && now >= listening_->deadline)
    answer(SystemError("ENOACK", "listen", "the process connector did not answer within a second"));
  if (listening_ && now >= listening_->next) listen_harder(now);
}

void CaptureLoop::answer(const std::optional<SystemError>& error) {
  listening_.reset();
  if (started_) {
    observer_.listened(error);
  } else if (error) {
    throw *error;
  } else {
    started_ = true;
    observer_.started(report_);
  }
}

void CaptureLoop::begin_stop(u64 now) {
  stopping_ = true;
  ignore_all();
  connector_->leave();  // others may be listening: nothing more is to come
  ready_ = true;
  stop_deadline_ = now + kStopPatience;
  batches_at_deadline_ = stats_.batches;
  if (listening_ && started_) answer(SystemError("ECANCELED", "listen", "capture is being stopped"));
  for (; started_ && listens_asked_ != requests_.listens; listens_asked_++)
    observer_.listened(SystemError("ECANCELED", "listen", "capture is being stopped"));
}

bool CaptureLoop::stop_is_done(u64 now) {
  if (outbox_.blocked()) {
    if (now < stop_deadline_) return false;
    if (stats_.batches == batches_at_deadline_)
      throw SystemError("ETIMEDOUT", "stop", "what was captured was not taken; the rest is lost");
    stop_deadline_ = now + kStopPatience;
    batches_at_deadline_ = stats_.batches;
    return false;
  }
  if (ready_) return false;
  if (!finished_) {
    finished_ = true;
    lane_->finish(outbox_, losses_);
    losses_.tell(outbox_);
    if (!outbox_.publish()) return false;
  }
  wake_reader();
  return true;
}

void CaptureLoop::tick(u64 now) {
  next_tick_ = now + (active_ ? kActiveTick : kIdleTick);
  active_ = false;
  lane_->sample(losses_);
  if (!outbox_.has_room()) return;  // they go on being counted
  losses_.tell(outbox_);
  outbox_.publish();
  if (!batch_.empty()) wake_wanted_ = true;
}

bool CaptureLoop::wake_reader() {
  wake_wanted_ = false;
  if (!batch_.claim_wake()) return false;  // it was woken already, and will take this as well
  count(stats_.wakes);
  observer_.wake();
  return true;
}

void CaptureLoop::wait(u64 now) {
  if (ready_ && !outbox_.blocked()) return;
  u64 until = next_tick_;
  if (wake_wanted_ || (deferred_ && !outbox_.blocked())) until = std::min(until, pacer_.next());
  if (listening_) until = std::min({until, listening_->deadline, listening_->next});
  if (stopping_) until = std::min(until, stop_deadline_);
  pollfd fds[3] = {{requests_.wake.get(), POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}};
  if (!outbox_.blocked()) {
    if (!deferred_ || lane_->socket_is_urgent()) fds[1].fd = connector_->fd();
    if (!deferred_) fds[2].fd = lane_->ring();
  }
  u64 timeout = until > now ? until - now : 0;
  timespec time{static_cast<time_t>(timeout / kSecond), static_cast<long>(timeout % kSecond)};
  if (ppoll(fds, 3, &time, nullptr) < 0) {
    if (errno == EINTR) return;
    throw SystemError(errno, "ppoll");
  }
  if (fds[0].revents) {
    eventfd_t value;
    eventfd_read(requests_.wake.get(), &value);
  }
  if (!fds[1].revents && !fds[2].revents) return;
  now = monotonic_now();
  if (now >= pacer_.next() || (fds[1].revents && lane_->socket_is_urgent())) {
    ready_ = true;
  } else {
    deferred_ = true;
  }
  // An idle capture looks at its counters seldom: once something comes, soon.
  if (!active_) next_tick_ = std::min(next_tick_, now + kActiveTick);
}

void CaptureLoop::ignore_all() {
  for (; connector_ && listens_counted_ > 0; listens_counted_--) {
    try {
      connector_->ignore();
    } catch (const SystemError&) {
      return;  // the socket is of no use any more; the kernel forgets it when it is closed
    }
  }
}

}  // namespace wallwatch
