#include "watcher.h"

#include <chrono>
#include <cstring>

#include "harness.h"

namespace wallwatch::test {

namespace {

constexpr auto kPatience = std::chrono::seconds(60);

}  // namespace

Watcher::Watcher(CaptureOptions options, bool reads) : reads_(reads), capture_(std::move(options), *this) {
  reader_ = std::thread([this] { run(); });
}

Watcher::~Watcher() {
  capture_.abandon();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  reader_.join();
}

StartReport Watcher::start() {
  capture_.start();
  await(start_);
  std::lock_guard<std::mutex> lock(mutex_);
  return report_;
}

void Watcher::listen() {
  capture_.listen();
  await(listen_);
}

void Watcher::stop() {
  capture_.stop();
  await(stop_);
  capture_.join();
  take();
}

void Watcher::read(bool on) {
  std::lock_guard<std::mutex> lock(mutex_);
  reads_ = on;
  changed_.notify_all();
}

std::vector<ExecDraft> Watcher::execs() {
  std::lock_guard<std::mutex> lock(mutex_);
  return execs_;
}

u64 Watcher::lost(loss_reason reason) {
  std::lock_guard<std::mutex> lock(mutex_);
  return lost_[reason];
}

void Watcher::await_loss(loss_reason reason) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [&] { return lost_[reason] > 0; })) throw Failure{"the loss is not told"};
}

ExecDraft Watcher::exec_with(const std::string& text) {
  std::unique_lock<std::mutex> lock(mutex_);
  ExecDraft found;
  bool came = changed_.wait_for(lock, kPatience, [&] {
    for (const ExecDraft& draft : execs_) {
      if (draft.parts[PART_ARGS].find(text) == std::string::npos) continue;
      found = draft;
      return true;
    }
    return false;
  });
  if (!came) throw Failure{"no exec with " + text};
  return found;
}

size_t Watcher::count_with(const std::string& text) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::map<std::string, int> each;
  for (const ExecDraft& draft : execs_)
    if (draft.parts[PART_ARGS].find(text) != std::string::npos) each[draft.parts[PART_ARGS]]++;
  return each.size();
}

void Watcher::started(const StartReport& report) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    report_ = report;
  }
  answer(start_, std::nullopt);
}
void Watcher::start_failed(const SystemError& error) { answer(start_, error); }
void Watcher::listened(const std::optional<SystemError>& error) { answer(listen_, error); }
void Watcher::stopped(const std::optional<SystemError>& error) { answer(stop_, error); }

void Watcher::wake() {
  std::lock_guard<std::mutex> lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

void Watcher::answer(Answer& to, const std::optional<SystemError>& error) {
  std::lock_guard<std::mutex> lock(mutex_);
  to = {true, error};
  changed_.notify_all();
}

void Watcher::await(Answer& answer) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [&] { return answer.came; })) throw Failure{"capture does not answer"};
  answer.came = false;
  if (answer.error) throw *answer.error;
}

void Watcher::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ends_ || (woken_ && reads_); });
    if (ends_) return;
    woken_ = false;
    lock.unlock();
    take();
    lock.lock();
  }
}

// Both the reader and stop() take, the latter when nothing more will come.
void Watcher::take() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (Batch::Taken taken = capture_.take(); taken.size; taken = capture_.take()) {
    std::string_view batch(reinterpret_cast<const char*>(capture_.side(taken.side).get()), taken.size);
    while (!batch.empty()) {
      record_header header;
      memcpy(&header, batch.data(), sizeof header);
      std::string_view record = batch.substr(0, header.size);
      batch.remove_prefix(header.size);
      if (header.kind == RECORD_EXEC) {
        execs_.emplace_back();
        execs_.back().decode(record);
      } else {
        loss_record loss;
        memcpy(&loss, record.data(), sizeof loss);
        lost_[loss.reason] += loss.count;
      }
    }
  }
  changed_.notify_all();
}

}  // namespace wallwatch::test
