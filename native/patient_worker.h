// Does what may never end on a thread of its own, and waits for it only so long. Reading a process's memory is such a
// thing: whoever reads /proc/PID/cmdline waits for ever if the process has backed its argv with a FUSE file system or
// userfaultfd. That must not blind the agent.
#ifndef WALLWATCH_PATIENT_WORKER_H
#define WALLWATCH_PATIENT_WORKER_H

#include <atomic>
#include <functional>
#include <memory>

namespace wallwatch {

class PatientWorker {
 public:
  static constexpr int kPatienceMilliseconds = 100;
  // Threads that wait for ever. With so many, nothing is begun any more until one of them comes back.
  static constexpr int kStuckMax = 64;

  PatientWorker() = default;
  ~PatientWorker();
  PatientWorker(const PatientWorker&) = delete;
  PatientWorker& operator=(const PatientWorker&) = delete;

  // True once the job is done. False if it was given up: it may still come to its end at some time, so it must own all
  // that it uses.
  bool run(std::function<void()> job);
  // Threads that wait at present.
  int stuck() const { return *stuck_; }

 private:
  struct Desk;
  std::shared_ptr<Desk> desk_;  // of the present thread; null while there is none
  std::shared_ptr<std::atomic<int>> stuck_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace wallwatch

#endif
