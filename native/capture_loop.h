// The body of the capture thread: it polls ring, socket and requests, paces the reader's wake-ups, and counts losses.
#ifndef WALLWATCH_CAPTURE_LOOP_H
#define WALLWATCH_CAPTURE_LOOP_H

#include <functional>
#include <memory>
#include <optional>

#include "capture.h"
#include "connector.h"
#include "inbox.h"
#include "lane.h"
#include "losses.h"
#include "outbox.h"
#include "pacer.h"
#include "proc_reader.h"
#include "read_guard.h"

namespace wallwatch {

class Filter;

class CaptureLoop {
 public:
  CaptureLoop(const CaptureOptions& options, CaptureObserver& observer, Requests& requests, Batch& batch, Stats& stats);
  ~CaptureLoop();

  // Opens, serves and ends. begin_watch is called where reads of /proc are to be watched over (guard()). Throws
  // Deposed.
  void run(const std::function<void()>& begin_watch);
  // Goes on where another thread was held up in reading; or ends, because too many were.
  void resume(const std::function<void()>& begin_watch, bool too_many);
  ReadGuard& guard() { return guard_; }

 private:
  void open();
  void open_kernel_lane();
  void open_proc_lane();
  void serve();
  template <typename Work>
  void conclude(Work work);
  void take_in(u64 now);
  void handle_requests(u64 now);
  void handle_acks(u64 now);
  void listen(u64 now);
  void listen_harder(u64 now);
  void send_listens();
  void answer(const std::optional<SystemError>& error);
  void begin_stop(u64 now);
  bool stop_is_done(u64 now);
  void tick(u64 now);
  bool wake_reader();
  void wait(u64 now);
  void ignore_all();

  const CaptureOptions& options_;
  CaptureObserver& observer_;
  Requests& requests_;
  Batch& batch_;
  Stats& stats_;
  StartReport report_;

  ReadGuard guard_;
  std::shared_ptr<const ProcReader> reader_;
  std::unique_ptr<Connector> connector_;
  std::unique_ptr<Filter> filter_;
  std::unique_ptr<Inbox> inbox_;
  std::unique_ptr<Lane> lane_;
  Outbox outbox_;
  Losses losses_;

  // LISTEN: what was asked for, what was sent and counts with the kernel, and the one that waits for its ACK.
  u32 listens_asked_ = 0, listens_counted_ = 0;
  struct Listen {
    u32 number;
    u64 deadline, next;
    u32 burst;  // how many were sent the last time
  };
  std::optional<Listen> listening_;
  bool started_ = false;

  // All times: ns CLOCK_MONOTONIC.
  Pacer pacer_;
  bool ready_ = true;      // there is something to take in
  bool deferred_ = false;  // there is, or soon will be: at pacer_.next()
  bool wake_wanted_ = false;
  u64 next_tick_ = 0;
  bool active_ = false;  // something came since the last tick
  bool stopping_ = false, finished_ = false;
  u64 stop_deadline_ = 0, batches_at_deadline_ = 0;
};

}  // namespace wallwatch

#endif
