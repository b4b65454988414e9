#include "patient_worker.h"

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

namespace wallwatch {

// Where a job is handed to the thread and back. It belongs to both, since either may be gone first.
struct PatientWorker::Desk {
  std::mutex mutex;
  std::condition_variable changed;
  std::function<void()> job;  // empty: none, or done
  bool left = false;          // nobody will come back to this desk
  std::shared_ptr<std::atomic<int>> stuck;

  void work() {
    std::unique_lock<std::mutex> lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return left || job; });
      if (!left) {
        std::function<void()> now = job;
        lock.unlock();
        now();
        lock.lock();
      }
      if (left) {
        if (job) --*stuck;  // it took too long
        return;
      }
      job = nullptr;
      changed.notify_one();
    }
  }

  // Detached: it may never come back. It has the priority of the thread that starts it, and no signals.
  static bool start(const std::shared_ptr<Desk>& desk) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = true;
    try {
      std::thread([desk] { desk->work(); }).detach();
    } catch (const std::system_error&) {
      started = false;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return started;
  }
};

PatientWorker::~PatientWorker() {
  if (!desk_) return;
  std::lock_guard<std::mutex> lock(desk_->mutex);
  desk_->left = true;
  desk_->changed.notify_one();
}

bool PatientWorker::run(std::function<void()> job) {
  if (!desk_) {
    if (*stuck_ >= kStuckMax) return false;
    auto desk = std::make_shared<Desk>();
    desk->stuck = stuck_;
    if (!Desk::start(desk)) return false;
    desk_ = std::move(desk);
  }
  std::unique_lock<std::mutex> lock(desk_->mutex);
  desk_->job = std::move(job);
  desk_->changed.notify_one();
  auto done = [this] { return !desk_->job; };
  if (desk_->changed.wait_for(lock, std::chrono::milliseconds(kPatienceMilliseconds), done)) return true;
  desk_->left = true;
  ++*stuck_;
  lock.unlock();
  desk_.reset();
  return false;
}

}  // namespace wallwatch
