#include "capture.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "crew.h"

namespace wallwatch {

Capture::Capture(CaptureOptions options, CaptureObserver& observer)
    : options_(std::move(options)), observer_(observer) {
  requests_.wake = Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!requests_.wake) throw SystemError(errno, "eventfd");
  requests_.pass_all = options_.pass_all;
}

Capture::~Capture() { abandon(); }

void Capture::start() {
  crew_ = std::make_shared<Crew>(options_, observer_, requests_, batch_, stats_);
  crew_->start();
}

void Capture::listen() {
  requests_.listens++;
  poke();
}

void Capture::stop() {
  requests_.stop = true;
  poke();
}

void Capture::pass_all(bool on) {
  requests_.pass_all = on;
  poke();
}

void Capture::join() {
  if (crew_) crew_->join();
  requests_.wake = Descriptor();
}

void Capture::abandon() {
  requests_.abandon = true;
  poke();
  join();
}

Batch::Taken Capture::take() {
  Batch::Taken taken = batch_.take();
  if (taken.size) count(stats_.batches);
  if (taken.writer_waits) poke();
  return taken;
}

void Capture::poke() {
  if (!requests_.wake) return;  // it has ended
  // Full (EAGAIN) is as good as written: the thread will wake. Nothing else can fail on an eventfd.
  eventfd_write(requests_.wake.get(), 1);
}

}  // namespace wallwatch
