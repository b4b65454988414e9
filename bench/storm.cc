// storm [--spawners K] [--from F] [--rate R] COUNT PROGRAM MARKER
//
// Runs PROGRAM COUNT times, each with one argument MARKER<n>, n = F..F+COUNT-1, from K processes (default 1) that spawn
// one after the other and wait for each. With --rate the whole storm is paced at R execs per second, else it is as fast
// as it goes. Prints one line of JSON: execs, and the seconds between the release of the spawners and the end of the
// last.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

extern char** environ;

namespace {

struct Storm {
  long count = 0;
  long from = 0;
  int spawners = 1;
  double rate = 0;
  char* program = nullptr;
  const char* marker = nullptr;
};

[[noreturn]] void Fail(const char* what) {
  fprintf(stderr, "storm: %s: %s\n", what, strerror(errno));
  exit(1);
}

long Number(const char* text) {
  char* end = nullptr;
  long number = strtol(text, &end, 10);
  if (*text == '\0' || *end != '\0' || number < 0) {
    fprintf(stderr, "storm: not a number: %s\n", text);
    exit(2);
  }
  return number;
}

double Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void WaitUntil(double moment) {
  timespec until;
  until.tv_sec = static_cast<time_t>(moment);
  until.tv_nsec = static_cast<long>((moment - static_cast<double>(until.tv_sec)) * 1e9);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

// The numbers from + spawner, from + spawner + spawners, ... one after the other.
void Spawn(const Storm& storm, int spawner) {
  double begin = Now();
  for (long n = spawner; n < storm.count; n += storm.spawners) {
    if (storm.rate > 0) WaitUntil(begin + static_cast<double>(n) / storm.rate);
    std::string marker = storm.marker + std::to_string(storm.from + n);
    char* arguments[] = {storm.program, marker.data(), nullptr};
    pid_t pid;
    int status;
    errno = posix_spawn(&pid, storm.program, nullptr, nullptr, arguments, environ);
    if (errno != 0) Fail(storm.program);
    if (waitpid(pid, &status, 0) != pid) Fail("waitpid");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      fprintf(stderr, "storm: %s ended with %#x\n", storm.program, static_cast<unsigned>(status));
      exit(1);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  Storm storm;
  int at = 1;
  for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
    long value = Number(argv[at + 1]);
    if (strcmp(argv[at], "--spawners") == 0 && value > 0) {
      storm.spawners = static_cast<int>(value);
    } else if (strcmp(argv[at], "--from") == 0) {
      storm.from = value;
    } else if (strcmp(argv[at], "--rate") == 0) {
      storm.rate = static_cast<double>(value);
    } else {
      break;
    }
  }
  if (argc - at != 3) {
    fprintf(stderr, "usage: storm [--spawners K] [--from F] [--rate R] COUNT PROGRAM MARKER\n");
    return 2;
  }
  storm.count = Number(argv[at]);
  storm.program = argv[at + 1];
  storm.marker = argv[at + 2];

  int gate[2];  // closing it releases the spawners all at once
  if (pipe2(gate, O_CLOEXEC)) Fail("pipe");
  std::vector<pid_t> children;
  for (int spawner = 0; spawner < storm.spawners; spawner++) {
    pid_t pid = fork();
    if (pid < 0) Fail("fork");
    if (pid == 0) {
      char byte;
      close(gate[1]);
      if (read(gate[0], &byte, 1) != 0) Fail("gate");
      Spawn(storm, spawner);
      _exit(0);
    }
    children.push_back(pid);
  }
  double begin = Now();
  close(gate[1]);
  bool failed = false;
  for (pid_t child : children) {
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) failed = true;
  }
  if (failed) return 1;
  printf("{\"execs\":%ld,\"seconds\":%.6f}\n", storm.count, Now() - begin);
  return 0;
}
