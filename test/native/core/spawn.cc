#include "spawn.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "harness.h"

namespace wallwatch::test {

std::string program(const std::string& name) {
  const char* folder = getenv("TEST_PROGRAMS");
  if (!folder) throw Failure{"TEST_PROGRAMS is not set"};
  return std::string(folder) + "/" + name;
}

int run(const std::string& path, const std::vector<std::string>& arguments) {
  std::vector<char*> argv{const_cast<char*>(path.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t pid;
  if (int error = posix_spawn(&pid, path.c_str(), nullptr, nullptr, argv.data(), environ))
    throw Failure{path + ": " + strerror(error)};
  int status;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) throw Failure{"waitpid"};
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void storm(const std::string& marker, int threads, int each) {
  std::vector<std::thread> spawners;
  std::string path = program("exit_at_once");
  for (int thread = 0; thread < threads; thread++)
    spawners.emplace_back([=] {
      for (int i = 0; i < each; i++) run(path, {marker + "-" + std::to_string(thread) + "-" + std::to_string(i)});
    });
  for (std::thread& spawner : spawners) spawner.join();
}

}  // namespace wallwatch::test
