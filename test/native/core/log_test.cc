// What appends to the alert log.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "../../../native/descriptor.h"
#include "../../../native/log_append.h"
#include "harness.h"

namespace wallwatch::test {

namespace {

struct TemporaryLog {
  TemporaryLog() {
    char name[] = "/tmp/wallwatch-log-XXXXXX";
    file = Descriptor(mkostemp(name, O_APPEND));
    if (!file) throw Failure{"mkostemp"};
    path = name;
  }
  ~TemporaryLog() { unlink(path.c_str()); }

  u64 size() const {
    struct stat found {};
    if (fstat(file.get(), &found) != 0) throw Failure{"fstat"};
    return found.st_size;
  }

  std::string path;
  Descriptor file;
};

std::vector<iovec> pieces_of(std::vector<std::string>& lines) {
  std::vector<iovec> pieces;
  for (std::string& line : lines) pieces.push_back({line.data(), line.size()});
  return pieces;
}

void appends_more_than_one_call_takes() {
  TemporaryLog log;
  std::vector<std::string> lines(2500, "a line\n");
  LogAppended first = append_to_log(log.file.get(), log.path, 0, pieces_of(lines));
  CHECK(first.synced && !first.error);
  CHECK_EQUAL(first.written, 2500u * 7);
  LogAppended second = append_to_log(log.file.get(), log.path, first.written, pieces_of(lines));
  CHECK_EQUAL(*second.size, first.written);
  CHECK_EQUAL(log.size(), 2 * first.written);
}

void writes_only_where_it_should() {
  TemporaryLog log;
  std::vector<std::string> lines(1, "a line\n");
  LogAppended grown = append_to_log(log.file.get(), log.path, 7, pieces_of(lines));
  CHECK(grown.size == 0u && !grown.synced && !grown.error);
  LogAppended moved = append_to_log(log.file.get(), log.path + ".other", 0, pieces_of(lines));
  CHECK(!moved.size && !moved.synced && !moved.error);
  CHECK_EQUAL(log.size(), 0u);
}

Test appends("the log: appends more lines than one call takes", appends_more_than_one_call_takes);
Test refuses("the log: writes nothing into a file that is not as expected", writes_only_where_it_should);

}  // namespace

}  // namespace wallwatch::test
