#include "harness.h"

#include <unistd.h>

#include <vector>

namespace wallwatch::test {

namespace {

struct Entry {
  const char* name;
  void (*body)();
  bool needs_root;
};

std::vector<Entry>& entries() {
  static std::vector<Entry> all;
  return all;
}

}  // namespace

Test::Test(const char* name, void (*body)(), bool needs_root) { entries().push_back({name, body, needs_root}); }

int run_all(const std::string& filter) {
  int passed = 0, failed = 0, skipped = 0;
  for (const Entry& entry : entries()) {
    if (std::string(entry.name).find(filter) == std::string::npos) continue;
    if (entry.needs_root && geteuid() != 0) {
      std::cout << "skip  " << entry.name << ": needs root" << std::endl;
      skipped++;
      continue;
    }
    try {
      entry.body();
      std::cout << "ok    " << entry.name << std::endl;
      passed++;
    } catch (const Failure& failure) {
      std::cout << "FAIL  " << entry.name << ": " << failure.what << std::endl;
      failed++;
    } catch (const std::exception& error) {
      std::cout << "FAIL  " << entry.name << ": " << error.what() << std::endl;
      failed++;
    }
  }
  std::cout << passed << " passed, " << failed << " failed, " << skipped << " skipped" << std::endl;
  return failed || passed + skipped == 0;
}

}  // namespace wallwatch::test

int main(int argc, char** argv) { return wallwatch::test::run_all(argc > 1 ? argv[1] : ""); }
