// Capture: one thread that takes exec events from the kernel and hands them over in batches. It knows nothing of
// Node.js.
#ifndef WALLWATCH_CAPTURE_H
#define WALLWATCH_CAPTURE_H

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "batch.h"
#include "descriptor.h"
#include "stats.h"
#include "system_error.h"

namespace wallwatch {

class Crew;

struct CaptureOptions {
  enum class Lane { automatic, kernel, proc };
  Lane lane = Lane::automatic;
  std::vector<std::string> environment;  // names of the variables to record
  bool pass_all = false;
  u32 ring_bytes = 4 << 20;     // a power of two, of whole pages
  int receive_bytes = 8 << 20;  // the socket's queue
  std::string proc_root = "/proc";
};

struct StartReport {
  record_lane lane = LANE_PROC;
  std::optional<SystemError> why_not_kernel;
  std::string libbpf_file, libbpf_version;  // empty unless the filter was loaded with it
  bool realtime_priority = false;
};

// What capture tells, on its own thread; it must not be kept waiting.
class CaptureObserver {
 public:
  virtual ~CaptureObserver() = default;
  virtual void started(const StartReport& report) = 0;
  // Instead of started(); the last call.
  virtual void start_failed(const SystemError& error) = 0;
  // Something waits in the batch.
  virtual void wake() = 0;
  // The answer to listen().
  virtual void listened(const std::optional<SystemError>& error) = 0;
  // The last call. With an error and without a stop(): capture broke.
  virtual void stopped(const std::optional<SystemError>& error) = 0;
};

// What the owner asks of the thread.
struct Requests {
  Descriptor wake;  // an eventfd
  std::atomic<bool> stop{false}, abandon{false}, pass_all{false};
  std::atomic<u32> listens{0};  // so many were asked for, ever
};

class Capture {
 public:
  // Throws SystemError. The observer must live as long.
  Capture(CaptureOptions options, CaptureObserver& observer);
  // Abandons and joins.
  ~Capture();

  // Once: starts the thread. Then come started() or start_failed(). Throws std::system_error.
  void start();
  // Sends LISTEN again and waits for its ACK: listened().
  void listen();
  // Takes in what has happened so far, hands it over, and ends: stopped(). The reader must go on taking.
  void stop();
  void pass_all(bool on);
  // Waits for the thread's end, after the last call of the observer.
  void join();
  // Ends the thread at once and joins it: what was captured and not taken is lost.
  void abandon();

  Batch::Taken take();
  bool pending() const { return !batch_.empty(); }
  const std::shared_ptr<u8[]>& side(int which) const { return batch_.side(which); }
  const Stats& stats() const { return stats_; }

 private:
  void poke();

  const CaptureOptions options_;
  CaptureObserver& observer_;
  Requests requests_;
  Batch batch_;
  Stats stats_;
  std::shared_ptr<Crew> crew_;  // once started
};

}  // namespace wallwatch

#endif
