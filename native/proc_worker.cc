#include "proc_worker.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

namespace wallwatch {

// Where a job is handed to the thread and back. It belongs to both, since either may be gone first.
struct ProcWorker::Desk {
  std::mutex mutex;
  std::condition_variable changed;
  std::function<void(const ProcReader&)> job;  // empty: none, or done
  bool left = false;                           // nobody will come back to this desk
  std::shared_ptr<std::atomic<int>> stuck;

  void work(const ProcReader& reader) {
    std::unique_lock<std::mutex> lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return left || job; });
      if (!left) {
        std::function<void(const ProcReader&)> now = job;
        lock.unlock();
        now(reader);
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
};

ProcWorker::~ProcWorker() {
  if (!desk_) return;
  std::lock_guard<std::mutex> lock(desk_->mutex);
  desk_->left = true;
  desk_->changed.notify_one();
}

bool ProcWorker::run(std::function<void(const ProcReader&)> job) {
  if (!desk_) {
    if (*stuck_ >= kStuckMax) return false;
    auto desk = std::make_shared<Desk>();
    desk->stuck = stuck_;
    try {
      // Detached: it may never come back. It inherits the priority and the signal mask of this thread.
      std::thread([desk, reader = reader_] { desk->work(*reader); }).detach();
    } catch (const std::system_error&) {
      return false;  // no thread to be had; what was to be read counts as unresolved
    }
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

std::optional<ExecDraft> ProcWorker::read(u32 pid, u64 timestamp) {
  auto result = std::make_shared<std::optional<ExecDraft>>();
  bool done = run([=](const ProcReader& reader) { *result = reader.read(pid, timestamp); });
  return done ? std::move(*result) : std::nullopt;
}

std::optional<std::string> ProcWorker::args(u32 pid, u64 start, std::string_view begin) {
  auto result = std::make_shared<std::optional<std::string>>();
  bool done =
      run([=, begin = std::string(begin)](const ProcReader& reader) { *result = reader.args(pid, start, begin); });
  return done ? std::move(*result) : std::nullopt;
}

}  // namespace wallwatch
