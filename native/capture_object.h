// The class Capture of the addon: one native capture, seen from JavaScript. It holds no policy.
#ifndef WALLWATCH_CAPTURE_OBJECT_H
#define WALLWATCH_CAPTURE_OBJECT_H

#include <napi.h>

#include <deque>
#include <memory>
#include <optional>

#include "capture.h"

namespace wallwatch {

class CaptureObject : public Napi::ObjectWrap<CaptureObject>, public CaptureObserver {
 public:
  static Napi::Function define(Napi::Env env);
  // new Capture(options, onWake)
  explicit CaptureObject(const Napi::CallbackInfo& info);

  // On the capture thread: each becomes a message to the JavaScript thread.
  void started(const StartReport& report) override;
  void start_failed(const SystemError& error) override;
  void wake() override;
  void listened(const std::optional<SystemError>& error) override;
  void stopped(const std::optional<SystemError>& error) override;

 private:
  struct Message;

  Napi::Value start(const Napi::CallbackInfo& info);
  Napi::Value take(const Napi::CallbackInfo& info);
  Napi::Value listen(const Napi::CallbackInfo& info);
  Napi::Value pass_all(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value stop(const Napi::CallbackInfo& info);
  Napi::Value clocks(const Napi::CallbackInfo& info);

  void post(Message* message);

  // On the JavaScript thread.
  static void deliver(napi_env env, napi_value function, void* context, void* data);
  void on_message(Napi::Env env, const Message& message);
  void on_started(Napi::Env env, const Message& message);
  void on_listened(Napi::Env env, const Message& message);
  void on_end(Napi::Env env, const Message& message);
  void call_wake(Napi::Env env, std::optional<Napi::Value> error = std::nullopt);
  void attach_thread(Napi::Env env);
  void detach_thread();
  static void on_teardown(void* self);

  CaptureOptions options_;
  Napi::FunctionReference on_wake_;
  std::unique_ptr<Capture> capture_;  // stays after stop(), so that what is left can be taken
  Napi::Reference<Napi::ArrayBuffer> sides_[2];
  napi_threadsafe_function channel_ = nullptr;  // while the thread is there
  std::optional<Napi::Promise::Deferred> starting_, stopping_;
  std::deque<Napi::Promise::Deferred> listening_;
};

}  // namespace wallwatch

#endif
