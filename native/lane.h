// One of the two ways by which exec events come: see kernel_lane.h and proc_lane.h.
#ifndef WALLWATCH_LANE_H
#define WALLWATCH_LANE_H

namespace wallwatch {

class Losses;
class Outbox;

struct Intake {
  bool found = false;  // something came
  bool more = false;   // the outbox was full, or it was enough for one round: go on soon
};

class Lane {
 public:
  virtual ~Lane() = default;
  // Takes in what waits, at most a round's worth.
  virtual Intake take_in(Outbox& outbox) = 0;
  // Some times a second: counts what was lost.
  virtual void sample(Losses& losses) = 0;
  // Nothing more will come: gives out what was still being put together, and counts for the last time.
  virtual void finish(Outbox& outbox, Losses& losses) = 0;

  // Another thread goes on where one was held up in reading /proc: that exec will not be known.
  virtual void read_was_given_up() {}

  // A descriptor to poll besides the socket, or -1.
  virtual int ring() const { return -1; }
  // Whether a message in the socket must be taken at once, even if the reader was woken just now.
  virtual bool socket_is_urgent() const { return true; }
  virtual void set_pass_all(bool) {}
};

}  // namespace wallwatch

#endif
