// stamped_execs COUNT INTERVAL_MS FOLDER
//
// Executes FOLDER/<i>/iptables -F for i = 0..COUNT-1, one every INTERVAL_MS, and prints for each, as a JSON array of
// strings, the time of CLOCK_MONOTONIC in nanoseconds just before its execve.
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

[[noreturn]] void Fail(const char* what) {
  perror(what);
  _exit(1);
}

long long Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: stamped_execs COUNT INTERVAL_MS FOLDER\n");
    return 2;
  }
  long count = atol(argv[1]);
  long interval = atol(argv[2]);
  size_t size = sizeof(long long) * static_cast<size_t>(count);
  void* shared = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) Fail("mmap");
  auto* stamps = static_cast<long long*>(shared);
  long long next = Now();
  for (long i = 0; i < count; i++) {
    std::string path = std::string(argv[3]) + "/" + std::to_string(i) + "/iptables";
    char flush[] = "-F";
    char* arguments[] = {path.data(), flush, nullptr};
    pid_t pid = fork();
    if (pid < 0) Fail("fork");
    if (pid == 0) {
      stamps[i] = Now();
      execv(path.c_str(), arguments);
      Fail(path.c_str());
    }
    int status;
    if (waitpid(pid, &status, 0) != pid || status != 0) return 1;
    next += interval * 1'000'000;
    timespec until{static_cast<time_t>(next / 1'000'000'000), static_cast<long>(next % 1'000'000'000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
    }
  }
  for (long i = 0; i < count; i++) printf("%s\"%lld\"", i == 0 ? "[" : ",", stamps[i]);
  printf("]\n");
  return 0;
}
