// Processes for the tests to capture.
#ifndef WALLWATCH_TEST_SPAWN_H
#define WALLWATCH_TEST_SPAWN_H

#include <string>
#include <vector>

namespace wallwatch::test {

// A program of test/programs, compiled by scripts/sanitize.
std::string program(const std::string& name);
// Runs a program and waits for its end. Its exit status.
int run(const std::string& path, const std::vector<std::string>& arguments);
// Runs exit_at_once so many times from each of so many threads, with the argument "<marker>-<thread>-<number>".
void storm(const std::string& marker, int threads, int each);

}  // namespace wallwatch::test

#endif
