// The addon: its exports. Everything that decides anything is in TypeScript or in the files that know nothing of
// Node.js.
#include <napi.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "capture_object.h"
#include "clocks.h"
#include "js_values.h"
#include "log_append.h"
#include "notify.h"
#include "patient_worker.h"
#include "probe.h"
#include "proc_files.h"
#include "proc_reader.h"
#include "start_pages.h"

namespace wallwatch {

namespace {

// clocks(): { monotonic, boottime, realtime }, sampled together, in nanoseconds.
Napi::Value clocks(const Napi::CallbackInfo& info) { return to_object(info.Env(), sample_clocks()); }

// readMemoryFile(path): the bytes of a file of /proc that shows a process's memory (cmdline, environ), as a latin1
// string. Throws an Error with `code` and `syscall`; ETIMEDOUT where the process keeps its reader waiting.
Napi::Value read_memory_file(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  struct Result {
    std::string text;
    std::optional<SystemError> error;
  };
  auto result = std::make_shared<Result>();
  std::string path = info[0].ToString().Utf8Value();
  bool done = env.GetInstanceData<PatientWorker>()->run([=] {
    try {
      result->text = read_file(path);
    } catch (const SystemError& error) {
      result->error = error;
    }
  });
  if (!done) throw to_error(env, SystemError(ETIMEDOUT, "read", path));
  if (result->error) throw to_error(env, *result->error);
  napi_value text;
  if (napi_create_string_latin1(env, result->text.data(), result->text.size(), &text) != napi_ok)
    throw Napi::Error::New(env);
  return Napi::Value(env, text);
}

// readProcess(pid, { procRoot?, environment? }): what /proc says of a process now, as an exec record of the proc lane
// without lineage; null if it is gone, a kernel thread, or keeps its reader waiting.
Napi::Value read_process(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  u32 pid = info[0].ToNumber().Uint32Value();
  Napi::Object options = info[1].IsObject() ? info[1].As<Napi::Object>() : Napi::Object::New(env);
  Napi::Value root = options.Get("procRoot");
  try {
    auto reader = std::make_shared<ProcReader>(root.IsUndefined() ? "/proc" : root.ToString().Utf8Value(),
                                               to_names(options.Get("environment")));
    auto draft = std::make_shared<std::optional<ExecDraft>>();
    bool done = env.GetInstanceData<PatientWorker>()->run([=] { *draft = reader->read(pid, monotonic_now()); });
    if (!done || !*draft) return env.Null();
    std::string record;
    (*draft)->encode(record);
    return Napi::Buffer<char>::Copy(env, record.data(), record.size());
  } catch (const SystemError& error) {
    throw to_error(env, error);
  }
}

// notify(address, state): word to the service manager; see notify.h. Throws an Error with `code` and `syscall`.
void notify_manager(const Napi::CallbackInfo& info) {
  try {
    notify(info[0].ToString().Utf8Value(), info[1].ToString().Utf8Value());
  } catch (const SystemError& error) {
    throw to_error(info.Env(), error);
  }
}

// releaseStartPages(): how many bytes of memory that only the start needed were given back; see start_pages.h. Throws
// an Error with `code` and `syscall`.
Napi::Value release_pages(const Napi::CallbackInfo& info) {
  try {
    return Napi::Number::New(info.Env(), static_cast<double>(release_start_pages()));
  } catch (const SystemError& error) {
    throw to_error(info.Env(), error);
  }
}

class ProbeWorker : public Napi::AsyncWorker {
 public:
  ProbeWorker(Napi::Env env, u32 ring_bytes)
      : AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)), ring_bytes_(ring_bytes) {}
  Napi::Promise promise() { return deferred_.Promise(); }

 private:
  void Execute() override { report_ = probe(ring_bytes_); }

  void OnOK() override {
    Napi::Env env = Env();
    Napi::Object value = Napi::Object::New(env);
    if (!report_.libbpf_file.empty()) {
      Napi::Object libbpf = Napi::Object::New(env);
      libbpf.Set("file", report_.libbpf_file);
      libbpf.Set("version", report_.libbpf_version);
      value.Set("libbpf", libbpf);
    }
    if (report_.libbpf_error) value.Set("libbpfProblem", to_problem(env, *report_.libbpf_error));
    if (report_.filter_error) value.Set("filterProblem", to_problem(env, *report_.filter_error));
    if (report_.listen_error) value.Set("listenProblem", to_problem(env, *report_.listen_error));
    deferred_.Resolve(value);
  }

  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

  Napi::Promise::Deferred deferred_;
  const u32 ring_bytes_;
  ProbeReport report_;
};

// probe(): Promise<{ libbpf?, libbpfProblem?, filterProblem?, listenProblem? }>
Napi::Value probe_host(const Napi::CallbackInfo& info) {
  auto* worker = new ProbeWorker(info.Env(), CaptureOptions{}.ring_bytes);
  Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

class LogAppendWorker : public Napi::AsyncWorker {
 public:
  LogAppendWorker(Napi::Env env, int fd, std::string path, u64 size, Napi::Array lines)
      : AsyncWorker(env, "wallwatch log"),
        deferred_(Napi::Promise::Deferred::New(env)),
        fd_(fd),
        path_(std::move(path)),
        size_(size),
        lines_(Napi::Persistent(lines)) {
    pieces_.reserve(lines.Length());
    for (u32 i = 0; i < lines.Length(); i++) {
      auto line = lines.Get(i).As<Napi::Buffer<char>>();
      pieces_.push_back({line.Data(), line.Length()});
    }
  }
  Napi::Promise promise() { return deferred_.Promise(); }

 private:
  void Execute() override { appended_ = append_to_log(fd_, path_, size_, std::move(pieces_)); }

  void OnOK() override {
    Napi::Env env = Env();
    Napi::Object value = Napi::Object::New(env);
    if (appended_.size) value.Set("size", static_cast<double>(*appended_.size));
    value.Set("written", static_cast<double>(appended_.written));
    value.Set("synced", appended_.synced);
    if (appended_.error) value.Set("error", to_error(env, *appended_.error).Value());
    deferred_.Resolve(value);
  }

  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

  Napi::Promise::Deferred deferred_;
  const int fd_;
  const std::string path_;
  const u64 size_;
  const Napi::Reference<Napi::Array> lines_;  // keeps alive what the pieces point to
  std::vector<iovec> pieces_;
  LogAppended appended_;
};

// appendToLog(fd, path, size, lines: Buffer[]): Promise<{ size?, written, synced, error? }>; see log_append.h. On a
// thread of libuv's pool.
Napi::Value append_log(const Napi::CallbackInfo& info) {
  auto* worker = new LogAppendWorker(info.Env(), info[0].ToNumber().Int32Value(), info[1].ToString().Utf8Value(),
                                     static_cast<u64>(info[2].ToNumber().Int64Value()), info[3].As<Napi::Array>());
  Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new PatientWorker());
  exports.Set("Capture", CaptureObject::define(env));
  exports.Set("probe", Napi::Function::New<probe_host>(env, "probe"));
  exports.Set("notify", Napi::Function::New<notify_manager>(env, "notify"));
  exports.Set("appendToLog", Napi::Function::New<append_log>(env, "appendToLog"));
  exports.Set("releaseStartPages", Napi::Function::New<release_pages>(env, "releaseStartPages"));
  exports.Set("clocks", Napi::Function::New<clocks>(env, "clocks"));
  exports.Set("readMemoryFile", Napi::Function::New<read_memory_file>(env, "readMemoryFile"));
  exports.Set("readProcess", Napi::Function::New<read_process>(env, "readProcess"));
  return exports;
}

}  // namespace

NODE_API_MODULE(wallwatch, initialize)

}  // namespace wallwatch
