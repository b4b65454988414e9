// What crosses from C++ to JavaScript.
#ifndef WALLWATCH_JS_VALUES_H
#define WALLWATCH_JS_VALUES_H

#include <napi.h>

#include "capture.h"
#include "clocks.h"
#include "system_error.h"

namespace wallwatch {

// An Error with `code`, `syscall`, and `log` where libbpf had something to say.
Napi::Error to_error(Napi::Env env, const SystemError& error);
// { code, syscall, message, log? }
Napi::Object to_problem(Napi::Env env, const SystemError& error);
Napi::Object to_object(Napi::Env env, const StartReport& report);
Napi::Object to_object(Napi::Env env, const Stats& stats);
// { monotonic, boottime, realtime }: nanoseconds, bigint.
Napi::Object to_object(Napi::Env env, const ClockSample& sample);
// The constructor's options. Throws Napi::TypeError, with the option's name.
CaptureOptions to_options(const Napi::Value& value);
std::vector<std::string> to_names(const Napi::Value& value);

}  // namespace wallwatch

#endif
