// A small test runner for the C++ core, which has to run without Node.js and mocha: under the sanitizers.
#ifndef WALLWATCH_TEST_HARNESS_H
#define WALLWATCH_TEST_HARNESS_H

#include <iostream>
#include <sstream>
#include <string>

namespace wallwatch::test {

struct Failure {
  std::string what;
};

template <typename Value>
std::string show(const Value& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

[[noreturn]] inline void fail(const char* file, int line, const std::string& what) {
  throw Failure{std::string(file) + ":" + std::to_string(line) + ": " + what};
}

// Registers a test; needs_root: it is skipped without.
struct Test {
  Test(const char* name, void (*body)(), bool needs_root = false);
};

// Runs those whose name contains `filter`. The exit code.
int run_all(const std::string& filter);

}  // namespace wallwatch::test

#define CHECK(condition)                                                     \
  do {                                                                       \
    if (!(condition)) wallwatch::test::fail(__FILE__, __LINE__, #condition); \
  } while (false)

#define CHECK_EQUAL(actual, expected)                                                                               \
  do {                                                                                                              \
    const auto actual_value = (actual);                                                                             \
    const auto expected_value = (expected);                                                                         \
    if (!(actual_value == expected_value))                                                                          \
      wallwatch::test::fail(                                                                                        \
          __FILE__, __LINE__,                                                                                       \
          #actual " is " + wallwatch::test::show(actual_value) + ", not " + wallwatch::test::show(expected_value)); \
  } while (false)

#endif
