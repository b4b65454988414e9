// exec_ways WAY PROGRAM ARGV0 [ARGUMENT...]
//
// Executes PROGRAM with the given argv by a way that a shell does not have. Ways that fork wait for what they forked
// and pass its status on, except where the point is that nobody waits.
#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

extern char** environ;

namespace {

struct Job {
  const char* program;
  char** argv;
};

[[noreturn]] void Fail(const char* what) {
  fprintf(stderr, "exec_ways: %s: %s\n", what, strerror(errno));
  _exit(126);
}

[[noreturn]] void Exec(const Job& job) {
  execve(job.program, job.argv, environ);
  Fail(job.program);
}

[[noreturn]] void ExecDescriptor(int fd, const Job& job) {
  syscall(SYS_execveat, fd, "", job.argv, environ, AT_EMPTY_PATH);
  Fail("execveat");
}

[[noreturn]] void WaitFor(pid_t child) {
  int status;
  if (child < 0) Fail("fork");
  if (waitpid(child, &status, 0) != child) Fail("waitpid");
  exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int OpenProgram(const Job& job) {
  int fd = open(job.program, O_RDONLY | O_CLOEXEC);
  if (fd < 0) Fail(job.program);
  return fd;
}

// A copy of the program in `to`, which is closed for writing afterwards, since a file open for writing cannot be
// executed.
void Copy(const Job& job, int to) {
  int from = OpenProgram(job);
  struct stat info;
  if (fstat(from, &info)) Fail("fstat");
  for (off_t left = info.st_size; left > 0;) {
    ssize_t sent = sendfile(to, from, nullptr, static_cast<size_t>(left));
    if (sent <= 0) Fail("sendfile");
    left -= sent;
  }
}

void ByDescriptor(const Job& job) { ExecDescriptor(OpenProgram(job), job); }

// The path is relative to a directory's descriptor: the kernel invokes /dev/fd/N/NAME.
[[noreturn]] void ExecInDirectory(const Job& job, const std::string& before_name) {
  std::string path = job.program;
  size_t slash = path.rfind('/');
  int directory = open(path.substr(0, slash).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) Fail("directory");
  syscall(SYS_execveat, directory, (before_name + path.substr(slash + 1)).c_str(), job.argv, environ, 0);
  Fail("execveat");
}

void ByDirectory(const Job& job) { ExecInDirectory(job, ""); }

// What makes a path of `length` bytes as long as a path may be, and leads nowhere else.
std::string Padding(size_t length) {
  std::string padding;
  while (length + padding.size() + 2 < PATH_MAX) padding += "./";
  if (length + padding.size() + 1 < PATH_MAX) padding += "/";
  return padding;
}

void ByLongestPath(const Job& job) {
  std::string path = job.program;
  path.insert(path.rfind('/') + 1, Padding(path.size()));
  execve(path.c_str(), job.argv, environ);
  Fail("execve");
}

// The kernel puts /dev/fd/N/ before it, and makes it longer than a path may be.
void ByOverlongPath(const Job& job) { ExecInDirectory(job, Padding(strlen(strrchr(job.program, '/') + 1))); }

// The path is "./N", from within the folder of this process' descriptors.
void ByRelativeDescriptor(const Job& job) {
  int fd = OpenProgram(job);
  if (chdir("/proc/self/fd")) Fail("chdir");
  execve(("./" + std::to_string(fd)).c_str(), job.argv, environ);
  Fail("execve");
}

// The memfd has the name that the program's file has.
void FromMemfd(const Job& job) {
  const char* slash = strrchr(job.program, '/');
  int fd = memfd_create(slash ? slash + 1 : job.program, MFD_CLOEXEC);
  if (fd < 0) Fail("memfd_create");
  Copy(job, fd);
  ExecDescriptor(fd, job);
}

// The program's own file is unlinked before it is executed.
void Deleted(const Job& job) {
  int fd = OpenProgram(job);
  if (unlink(job.program)) Fail("unlink");
  ExecDescriptor(fd, job);
}

void FromThread(const Job& job) {
  pthread_t thread;
  auto body = [](void* argument) -> void* { Exec(*static_cast<const Job*>(argument)); };
  errno = pthread_create(&thread, nullptr, body, const_cast<Job*>(&job));
  if (errno != 0) Fail("pthread_create");
  for (;;) pause();
}

// A thread forks, so the creator is not the thread group's leader.
void ForkInThread(const Job& job) {
  pthread_t thread;
  auto body = [](void* argument) -> void* {
    pid_t child = fork();
    if (child == 0) Exec(*static_cast<const Job*>(argument));
    WaitFor(child);
  };
  errno = pthread_create(&thread, nullptr, body, const_cast<Job*>(&job));
  if (errno != 0) Fail("pthread_create");
  for (;;) pause();
}

void Vfork(const Job& job) {
  pid_t child = vfork();
  if (child == 0) {
    execve(job.program, job.argv, environ);
    _exit(126);
  }
  WaitFor(child);
}

void Fork(const Job& job) {
  pid_t child = fork();
  if (child == 0) Exec(job);
  WaitFor(child);
}

// Child of a child that never executes anything, as in a subshell.
void ForkTwice(const Job& job) {
  pid_t child = fork();
  if (child == 0) {
    pid_t grandchild = fork();
    if (grandchild == 0) Exec(job);
    WaitFor(grandchild);
  }
  WaitFor(child);
}

void AwaitEnd(pid_t pid) {
  int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0 && errno == ESRCH) return;  // gone already
  if (pidfd < 0) Fail("pidfd_open");
  pollfd ended{pidfd, POLLIN, 0};
  while (poll(&ended, 1, -1) < 0 && errno == EINTR) {
  }
  close(pidfd);
}

// The parent is gone when the program is executed. Nobody waits.
void Orphan(const Job& job) {
  pid_t parent = getpid();
  pid_t child = fork();
  if (child < 0) Fail("fork");
  if (child > 0) _exit(0);
  AwaitEnd(parent);
  Exec(job);
}

// As a daemon does: a new session, and the parent that forked the program never executed anything and is gone.
void Daemon(const Job& job) {
  pid_t child = fork();
  if (child < 0) Fail("fork");
  if (child > 0) WaitFor(child);
  if (setsid() < 0) Fail("setsid");
  Orphan(job);
}

void AsNobody(const Job& job) {
  if (setgroups(0, nullptr) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)) Fail("setresuid");
  Exec(job);
}

// The real user stays, as when a set-user-ID program executes another.
void AsEffectiveRootOfNobody(const Job& job) {
  if (setresuid(65534, 0, 0)) Fail("setresuid");
  Exec(job);
}

void InNamespaces(const Job& job) {
  if (unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS)) Fail("unshare");
  Fork(job);
}

// ARGV0 is followed by the directory that becomes the root. PROGRAM is a path in there.
void Chroot(const Job& job) {
  const char* root = job.argv[1];
  if (!root || chroot(root) || chdir("/")) Fail("chroot");
  for (char** argument = job.argv + 1; *argument; argument++) argument[0] = argument[1];
  Exec(job);
}

void WithoutArguments(const Job& job) {
  char* none[] = {nullptr};
  Exec({job.program, none});
}

void Traced(const Job& job) {
  pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)) Fail("ptrace");
    Exec(job);
  }
  int status;
  if (waitpid(child, &status, 0) != child) Fail("waitpid");  // stopped by the SIGTRAP of its exec
  // It stays traced to its end: the proc lane looks only after the exec.
  if (WIFSTOPPED(status) && ptrace(PTRACE_CONT, child, nullptr, nullptr)) Fail("continue");
  WaitFor(child);
}

// ARGV0 is followed by the pid that the child gets; it must be free, as after the end of an earlier child.
void WithPid(const Job& job) {
  if (!job.argv[1]) Fail("pid");
  pid_t pid = static_cast<pid_t>(atol(job.argv[1]));
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<uint64_t>(&pid);
  arguments.set_tid_size = 1;
  long child = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (child == 0) Exec(job);
  WaitFor(static_cast<pid_t>(child));
}

struct Way {
  const char* name;
  void (*run)(const Job& job);
};

constexpr Way kWays[] = {
    {"execve", [](const Job& job) { Exec(job); }},
    {"execveat-descriptor", ByDescriptor},
    {"execveat-directory", ByDirectory},
    {"longest-path", ByLongestPath},
    {"overlong-path", ByOverlongPath},
    {"relative-descriptor", ByRelativeDescriptor},
    {"memfd", FromMemfd},
    {"deleted", Deleted},
    {"thread", FromThread},
    {"fork-in-thread", ForkInThread},
    {"vfork", Vfork},
    {"fork", Fork},
    {"fork-twice", ForkTwice},
    {"orphan", Orphan},
    {"daemon", Daemon},
    {"nobody", AsNobody},
    {"effective-root", AsEffectiveRootOfNobody},
    {"namespaces", InNamespaces},
    {"chroot", Chroot},
    {"no-arguments", WithoutArguments},
    {"traced", Traced},
    {"with-pid", WithPid},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc >= 4) {
    for (const Way& way : kWays) {
      if (strcmp(way.name, argv[1]) == 0) way.run({argv[2], argv + 3});
    }
  }
  fprintf(stderr, "usage: exec_ways WAY PROGRAM ARGV0 [ARGUMENT...]\nways:");
  for (const Way& way : kWays) fprintf(stderr, " %s", way.name);
  fprintf(stderr, "\n");
  return 2;
}
