#include "crew.h"

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <utility>

namespace wallwatch {

namespace {

constexpr auto kLook = std::chrono::milliseconds(100);  // between two looks at how long a read has taken

}  // namespace

Crew::Crew(const CaptureOptions& options, CaptureObserver& observer, Requests& requests, Batch& batch, Stats& stats)
    : loop_(options, observer, requests, batch, stats) {}

void Crew::start() {
  // The threads inherit the mask: signals are the business of the main thread alone.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::lock_guard<std::mutex> lock(mutex_);
    worker_ = std::thread([self = shared_from_this()] { self->work(); });
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Crew::join() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!worker_.joinable()) return;
  changed_.wait(lock, [this] { return ended_; });
  std::thread worker = std::exchange(worker_, {}), watcher = std::exchange(watcher_, {});
  lock.unlock();
  worker.join();
  if (watcher.joinable()) watcher.join();
}

void Crew::work() {
  try {
    loop_.run([this] { begin_watch(); });
  } catch (const Deposed&) {
    return;
  }
  end();
}

void Crew::begin_watch() {
  std::lock_guard<std::mutex> lock(mutex_);
  watcher_ = std::thread([self = shared_from_this()] { self->watch(); });
}

void Crew::watch() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    if (changed_.wait_for(lock, kLook, [this] { return ended_; })) return;
    if (loop_.guard().take_over(monotonic_now())) break;
  }
  worker_.detach();
  worker_ = std::move(watcher_);
  bool too_many = ++held_up_ > kHeldUpMax;
  lock.unlock();
  try {
    loop_.resume([this] { begin_watch(); }, too_many);
  } catch (const Deposed&) {
    return;
  }
  end();
}

void Crew::end() {
  std::lock_guard<std::mutex> lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

}  // namespace wallwatch
