#include "js_values.h"

#include <unistd.h>

#include <climits>

namespace wallwatch {

namespace {

// A whole number from 1 to most.
int to_size(const Napi::Value& value, const char* name, int most) {
  double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : 0;
  if (!(number >= 1 && number <= most) || number != static_cast<int>(number))
    throw Napi::TypeError::New(value.Env(), std::string(name) + " must be a whole number of bytes");
  return static_cast<int>(number);
}

// What the kernel asks of a ring buffer. libbpf would round up in silence, and the ring be mapped at another size than
// it has.
u32 to_ring_size(const Napi::Value& value) {
  u32 size = static_cast<u32>(to_size(value, "ringBytes", 1 << 30));
  if ((size & (size - 1)) || size % static_cast<u32>(sysconf(_SC_PAGESIZE)))
    throw Napi::TypeError::New(value.Env(), "ringBytes must be a power of two and not less than a page");
  return size;
}

CaptureOptions::Lane to_lane(const Napi::Value& value) {
  std::string name = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  if (name == "auto") return CaptureOptions::Lane::automatic;
  if (name == "kernel") return CaptureOptions::Lane::kernel;
  if (name == "proc") return CaptureOptions::Lane::proc;
  throw Napi::TypeError::New(value.Env(), "lane must be \"auto\", \"kernel\" or \"proc\"");
}

}  // namespace

Napi::Error to_error(Napi::Env env, const SystemError& error) {
  Napi::Error value = Napi::Error::New(env, error.what());
  value.Set("code", error.code);
  value.Set("syscall", error.syscall);
  if (!error.log.empty()) value.Set("log", error.log);
  return value;
}

Napi::Object to_problem(Napi::Env env, const SystemError& error) {
  Napi::Object value = Napi::Object::New(env);
  value.Set("code", error.code);
  value.Set("syscall", error.syscall);
  value.Set("message", error.what());
  if (!error.log.empty()) value.Set("log", error.log);
  return value;
}

Napi::Object to_object(Napi::Env env, const StartReport& report) {
  Napi::Object value = Napi::Object::New(env);
  value.Set("lane", report.lane == LANE_KERNEL ? "kernel" : "proc");
  if (report.why_not_kernel) value.Set("whyNotKernel", to_problem(env, *report.why_not_kernel));
  if (!report.libbpf_file.empty()) {
    Napi::Object libbpf = Napi::Object::New(env);
    libbpf.Set("file", report.libbpf_file);
    libbpf.Set("version", report.libbpf_version);
    value.Set("libbpf", libbpf);
  }
  value.Set("realtimePriority", report.realtime_priority);
  return value;
}

Napi::Object to_object(Napi::Env env, const Stats& stats) {
  Napi::Object value = Napi::Object::New(env);
  auto set = [&](const char* name, const std::atomic<u64>& counter) {
    value.Set(name, static_cast<double>(counter.load(std::memory_order_relaxed)));
  };
  set("events", stats.events);
  set("execs", stats.execs);
  set("ringRecords", stats.ring_records);
  set("socketMessages", stats.socket_messages);
  set("ringFull", stats.ring_full);
  set("overrun", stats.overrun);
  set("unresolved", stats.unresolved);
  set("gaps", stats.gaps);
  set("forged", stats.forged);
  set("batches", stats.batches);
  set("wakes", stats.wakes);
  set("listens", stats.listens);
  return value;
}

Napi::Object to_object(Napi::Env env, const ClockSample& sample) {
  Napi::Object value = Napi::Object::New(env);
  value.Set("monotonic", Napi::BigInt::New(env, sample.monotonic));
  value.Set("boottime", Napi::BigInt::New(env, sample.boottime));
  value.Set("realtime", Napi::BigInt::New(env, sample.realtime));
  return value;
}

std::vector<std::string> to_names(const Napi::Value& value) {
  std::vector<std::string> names;
  if (value.IsUndefined()) return names;
  if (!value.IsArray()) throw Napi::TypeError::New(value.Env(), "environment must be an array of names");
  auto array = value.As<Napi::Array>();
  if (array.Length() > ENV_NAMES_MAX)
    throw Napi::TypeError::New(value.Env(),
                               "environment must not have more than " + std::to_string(ENV_NAMES_MAX) + " names");
  for (u32 i = 0; i < array.Length(); i++) {
    Napi::Value name = array.Get(i);
    if (!name.IsString()) throw Napi::TypeError::New(value.Env(), "environment must be an array of names");
    names.push_back(name.As<Napi::String>().Utf8Value());
  }
  return names;
}

CaptureOptions to_options(const Napi::Value& value) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "options must be an object");
  auto object = value.As<Napi::Object>();
  CaptureOptions options;
  options.lane = to_lane(object.Get("lane"));
  options.environment = to_names(object.Get("environment"));
  options.pass_all = object.Get("passAll").ToBoolean();
  if (Napi::Value bytes = object.Get("ringBytes"); !bytes.IsUndefined()) options.ring_bytes = to_ring_size(bytes);
  if (Napi::Value bytes = object.Get("receiveBytes"); !bytes.IsUndefined())
    options.receive_bytes = to_size(bytes, "receiveBytes", INT_MAX);
  if (Napi::Value root = object.Get("procRoot"); !root.IsUndefined()) options.proc_root = root.ToString().Utf8Value();
  return options;
}

}  // namespace wallwatch
