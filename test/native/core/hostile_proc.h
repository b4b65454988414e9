// A folder like /proc in which some processes keep whoever reads their argv waiting.
#ifndef WALLWATCH_TEST_HOSTILE_PROC_H
#define WALLWATCH_TEST_HOSTILE_PROC_H

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "../../../native/exec_record.h"
#include "harness.h"

namespace wallwatch::test {

class HostileProc {
 public:
  HostileProc() {
    char name[] = "/tmp/wallwatch-proc-XXXXXX";
    if (!mkdtemp(name)) throw Failure{"mkdtemp"};
    root = name;
  }
  ~HostileProc() {
    release();
    for (const std::string& folder : folders_) {
      unlink((folder + "/cmdline").c_str());
      rmdir(folder.c_str());
      unlink(folder.c_str());
    }
    rmdir(root.c_str());
  }

  // A process whose cmdline is a pipe: whoever opens it waits until somebody writes.
  void add(u32 pid) {
    folders_.push_back(root + "/" + std::to_string(pid));
    if (mkdir(folders_.back().c_str(), 0755) || mkfifo((folders_.back() + "/cmdline").c_str(), 0600))
      throw Failure{"mkfifo"};
  }
  // A process as it is.
  void show(u32 pid) {
    folders_.push_back(root + "/" + std::to_string(pid));
    if (symlink(("/proc/" + std::to_string(pid)).c_str(), folders_.back().c_str())) throw Failure{"symlink"};
  }
  // Lets everybody go who waits.
  void release() const {
    for (const std::string& folder : folders_) {
      struct stat status {};
      std::string file = folder + "/cmdline";
      if (stat(file.c_str(), &status) == 0 && S_ISFIFO(status.st_mode)) close(open(file.c_str(), O_RDWR));
    }
  }

  std::string root;

 private:
  std::vector<std::string> folders_;
};

}  // namespace wallwatch::test

#endif
