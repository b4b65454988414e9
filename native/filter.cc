#include "filter.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>

#include "filter_object.h"
#include "libbpf.h"
#include "system_error.h"

namespace wallwatch {

namespace {

constexpr size_t kLogMax = 16 * 1024;

// Type information of the running kernel.
constexpr const char* kBtf = "/sys/kernel/btf/vmlinux";

// Where libbpf's words go, one load at a time: it has one print function for the whole process.
std::mutex load_mutex;
std::string* load_log;

int print(int level, const char* format, va_list arguments) {
  constexpr int kWarning = 0;
  if (level > kWarning || !load_log || load_log->size() > kLogMax) return 0;
  char line[2048];
  int n = vsnprintf(line, sizeof line, format, arguments);
  if (n > 0) load_log->append(line, std::min(static_cast<size_t>(n), sizeof line - 1));
  return 0;
}

// Before Linux 5.11 maps are charged to RLIMIT_MEMLOCK. If it cannot be raised, loading says EPERM.
void raise_memlock() {
  utsname name{};
  int major = 0, minor = 0;
  if (uname(&name) || sscanf(name.release, "%d.%d", &major, &minor) != 2) return;
  if (major > 5 || (major == 5 && minor >= 11)) return;
  rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_MEMLOCK, &unlimited);
}

class Loader {
 public:
  explicit Loader(u32 ring_bytes) : lock_(load_mutex) {
    load_log = &log_;
    before_ = library.set_print(print);
    try {
      load(ring_bytes);
    } catch (SystemError& error) {
      error.log = log_;
      close();
      throw;
    }
  }
  ~Loader() { close(); }

  Descriptor program(const char* name) { return keep(library.program_fd(find(library.find_program, name))); }
  Descriptor map(const char* name) { return keep(library.map_fd(find(library.find_map, name))); }

  Libbpf library;

 private:
  void load(u32 ring_bytes) {
    raise_memlock();
    std::string_view bytes = filter_object();
    errno = 0;
    bpf_object* opened = library.object_open_mem(bytes.data(), bytes.size(), nullptr);
    if (int error = Libbpf::error_of(opened)) throw SystemError(error, "bpf_object__open_mem");
    object_ = opened;
    int error = library.map_set_max_entries(find(library.find_map, "records"), ring_bytes);
    if (error) throw SystemError(-error, "bpf_map__set_max_entries");
    error = library.object_load(object_);
    if (!error) return;
    int code = error < 0 ? -error : errno;
    // libbpf answers ESRCH then, which helps nobody.
    if (access(kBtf, R_OK)) throw SystemError(code, "bpf_object__load", std::string("there is no BTF in ") + kBtf);
    throw SystemError(code, "bpf_object__load");
  }

  template <typename Thing>
  Thing* find(Thing* (*by_name)(const bpf_object*, const char*), const char* name) {
    Thing* thing = by_name(object_, name);
    if (int error = Libbpf::error_of(thing)) throw SystemError(error, "bpf_object__find_by_name", name);
    return thing;
  }

  // The object closes its descriptors when it goes.
  static Descriptor keep(int fd) {
    Descriptor own(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!own) throw SystemError(errno, "fcntl", "F_DUPFD_CLOEXEC");
    return own;
  }

  void close() {
    if (object_) library.object_close(object_);
    object_ = nullptr;
    library.set_print(before_);
    load_log = nullptr;
  }

  std::lock_guard<std::mutex> lock_;
  std::string log_;
  Libbpf::Print before_ = nullptr;
  bpf_object* object_ = nullptr;
};

// filter_settings.pair
u32 common_pair(const std::vector<std::string>& names) {
  u32 common = 0;
  for (const std::string& name : names) {
    std::string text = name + "=";
    u32 pair = static_cast<u8>(text[0]) | static_cast<u8>(text[1]) << 8;
    if (common && common != pair) return 0;
    common = pair;
  }
  return common;
}

}  // namespace

Filter::Filter(u32 ring_bytes, const std::vector<std::string>& environment)
    : cpus_(possible_cpus()), ring_bytes_(ring_bytes) {
  Loader loader(ring_bytes);
  program_ = loader.program("exec_filter");
  ring_ = loader.map("records");
  counters_ = BpfMap(loader.map("counters"));
  settings_ = BpfMap(loader.map("settings"));
  creators_ = BpfMap(loader.map("creators"));
  libbpf_file_ = loader.library.file();
  libbpf_version_ = loader.library.version();
  set_environment(environment, BpfMap(loader.map("environment")));
}

void Filter::set_environment(const std::vector<std::string>& names, BpfMap map) {
  for (const std::string& name : names) {
    char key[sizeof(u64)] = {};
    std::string text = name + "=";
    memcpy(key, text.data(), std::min(text.size(), sizeof key));
    u8 value = 1;
    map.update(key, &value);
  }
  for (const std::string& name : names) set_.environment |= 1u << (name[0] & 31);
  set_.pair = common_pair(names);
  u32 zero = 0;
  settings_.update(&zero, &set_);
}

void Filter::set_pass_all(bool on) {
  if (set_.pass_all == static_cast<u32>(on)) return;
  set_.pass_all = on;
  u32 zero = 0;
  settings_.update(&zero, &set_);
}

filter_counters Filter::counters() const {
  static_assert(sizeof(filter_counters) % sizeof(u64) == 0, "summed as numbers of 64 bits");
  std::unique_ptr<filter_counters[]> each(new filter_counters[cpus_]());
  filter_counters sum{};
  u32 zero = 0;
  if (!counters_.look_up(&zero, each.get())) return sum;
  for (unsigned cpu = 0; cpu < cpus_; cpu++) {
    sum.execs += each[cpu].execs;
    sum.written += each[cpu].written;
    sum.passed += each[cpu].passed;
    sum.forks += each[cpu].forks;
    sum.gaps += each[cpu].gaps;
    sum.forged += each[cpu].forged;
    sum.args_lost += each[cpu].args_lost;
  }
  return sum;
}

std::optional<creator_entry> Filter::creator(u32 pid) const {
  creator_entry entry;
  if (!creators_.look_up(&pid, &entry)) return std::nullopt;
  return entry;
}

}  // namespace wallwatch
