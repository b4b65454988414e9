#include "capture_object.h"

#include <utility>

#include "js_values.h"

namespace wallwatch {

// What the thread tells; a wake is a null pointer, since it says nothing more and comes often.
struct CaptureObject::Message {
  enum class Kind { started, start_failed, listened, stopped } kind;
  StartReport report;
  std::optional<SystemError> error;
};

Napi::Function CaptureObject::define(Napi::Env env) {
  return DefineClass(
      env, "Capture",
      {InstanceMethod<&CaptureObject::start>("start"), InstanceMethod<&CaptureObject::take>("take"),
       InstanceMethod<&CaptureObject::listen>("listen"), InstanceMethod<&CaptureObject::pass_all>("passAll"),
       InstanceMethod<&CaptureObject::stats>("stats"), InstanceMethod<&CaptureObject::stop>("stop"),
       InstanceMethod<&CaptureObject::clocks>("clocks")});
}

CaptureObject::CaptureObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<CaptureObject>(info) {
  options_ = to_options(info[0]);
  if (!info[1].IsFunction()) throw Napi::TypeError::New(info.Env(), "onWake must be a function");
  on_wake_ = Napi::Persistent(info[1].As<Napi::Function>());
}

Napi::Value CaptureObject::start(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto deferred = Napi::Promise::Deferred::New(env);
  if (channel_) {
    deferred.Reject(to_error(env, SystemError("EALREADY", "start", "capture is started already")).Value());
    return deferred.Promise();
  }
  try {
    capture_ = std::make_unique<Capture>(options_, *this);
    attach_thread(env);
    try {
      capture_->start();
    } catch (const std::system_error& error) {
      detach_thread();
      throw SystemError(error.code().value(), "pthread_create");
    }
    starting_ = deferred;
  } catch (const SystemError& error) {
    deferred.Reject(to_error(env, error).Value());
  }
  return deferred.Promise();
}

// The channel keeps the event loop alive, and a reference this object, until the thread has ended. The hook comes after
// the channel, so it runs before the channel's own.
void CaptureObject::attach_thread(Napi::Env env) {
  napi_value name = Napi::String::New(env, "wallwatch capture");
  napi_status status =
      napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, deliver, &channel_);
  if (status != napi_ok) throw Napi::Error::New(env);
  napi_add_env_cleanup_hook(env, on_teardown, this);
  Ref();
  for (int which = 0; which < 2; which++) {
    auto* owner = new std::shared_ptr<u8[]>(capture_->side(which));
    auto buffer = Napi::ArrayBuffer::New(
        env, owner->get(), kBatchBytes, [](Napi::Env, void*, std::shared_ptr<u8[]>* hint) { delete hint; }, owner);
    sides_[which] = Napi::Persistent(buffer);
  }
}

void CaptureObject::detach_thread() {
  capture_->join();
  napi_remove_env_cleanup_hook(Env(), on_teardown, this);
  napi_release_threadsafe_function(std::exchange(channel_, nullptr), napi_tsfn_release);
  Unref();
}

void CaptureObject::on_teardown(void* self) { static_cast<CaptureObject*>(self)->capture_->abandon(); }

Napi::Value CaptureObject::take(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!capture_) return env.Null();
  Batch::Taken taken = capture_->take();
  if (!taken.size) return env.Null();
  return Napi::Uint8Array::New(env, taken.size, sides_[taken.side].Value(), 0);
}

Napi::Value CaptureObject::listen(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  auto deferred = Napi::Promise::Deferred::New(env);
  if (!channel_ || starting_ || stopping_) {
    deferred.Reject(to_error(env, SystemError("ECANCELED", "listen", "capture is not running")).Value());
  } else {
    listening_.push_back(deferred);
    capture_->listen();
  }
  return deferred.Promise();
}

Napi::Value CaptureObject::pass_all(const Napi::CallbackInfo& info) {
  options_.pass_all = info[0].ToBoolean();
  if (channel_) capture_->pass_all(options_.pass_all);
  return info.Env().Undefined();
}

Napi::Value CaptureObject::stats(const Napi::CallbackInfo& info) {
  static const Stats none;
  return to_object(info.Env(), capture_ ? capture_->stats() : none);
}

Napi::Value CaptureObject::stop(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (stopping_) return stopping_->Promise();
  auto deferred = Napi::Promise::Deferred::New(env);
  if (channel_) {
    stopping_ = deferred;
    capture_->stop();
  } else {
    deferred.Resolve(env.Undefined());
  }
  return deferred.Promise();
}

Napi::Value CaptureObject::clocks(const Napi::CallbackInfo& info) { return to_object(info.Env(), sample_clocks()); }

void CaptureObject::started(const StartReport& report) {
  post(new Message{Message::Kind::started, report, std::nullopt});
}
void CaptureObject::start_failed(const SystemError& error) {
  post(new Message{Message::Kind::start_failed, {}, error});
}
void CaptureObject::wake() { post(nullptr); }
void CaptureObject::listened(const std::optional<SystemError>& error) {
  post(new Message{Message::Kind::listened, {}, error});
}
void CaptureObject::stopped(const std::optional<SystemError>& error) {
  post(new Message{Message::Kind::stopped, {}, error});
}

// The queue has no bound of its own: at most one wake is pending, and each of the others answers one call.
void CaptureObject::post(Message* message) {
  if (napi_call_threadsafe_function(channel_, message, napi_tsfn_nonblocking) != napi_ok) delete message;
}

void CaptureObject::deliver(napi_env env, napi_value, void* context, void* data) {
  std::unique_ptr<Message> message(static_cast<Message*>(data));
  if (!env) return;  // torn down with messages in the queue
  auto* self = static_cast<CaptureObject*>(context);
  Napi::HandleScope scope(env);
  if (message) {
    self->on_message(env, *message);
  } else {
    self->call_wake(env);
  }
}

void CaptureObject::on_message(Napi::Env env, const Message& message) {
  switch (message.kind) {
    case Message::Kind::started:
      return on_started(env, message);
    case Message::Kind::listened:
      return on_listened(env, message);
    default:
      return on_end(env, message);
  }
}

void CaptureObject::on_started(Napi::Env env, const Message& message) {
  std::exchange(starting_, std::nullopt)->Resolve(to_object(env, message.report));
}

void CaptureObject::on_listened(Napi::Env env, const Message& message) {
  Napi::Promise::Deferred deferred = listening_.front();
  listening_.pop_front();
  if (message.error) {
    deferred.Reject(to_error(env, *message.error).Value());
  } else {
    deferred.Resolve(env.Undefined());
  }
}

void CaptureObject::on_end(Napi::Env env, const Message& message) {
  detach_thread();
  auto starting = std::exchange(starting_, std::nullopt);
  auto stopping = std::exchange(stopping_, std::nullopt);
  auto listening = std::exchange(listening_, {});
  Napi::Value error = message.error ? to_error(env, *message.error).Value() : env.Undefined();
  if (capture_->pending()) call_wake(env);
  if (starting) starting->Reject(error);
  for (Napi::Promise::Deferred& each : listening) each.Reject(error);
  if (stopping && (starting || !message.error)) {
    stopping->Resolve(env.Undefined());
  } else if (stopping) {
    stopping->Reject(error);
  } else if (!starting) {
    call_wake(env, error);
  }
}

// By the C interface: in a worker that is being terminated no call succeeds, and Napi::Error, which is made of an
// object, would then end the process.
void CaptureObject::call_wake(Napi::Env env, std::optional<Napi::Value> error) {
  napi_value argument = error ? static_cast<napi_value>(*error) : nullptr;
  if (napi_call_function(env, env.Undefined(), on_wake_.Value(), error ? 1 : 0, &argument, nullptr) == napi_ok) return;
  bool pending = false;
  napi_value thrown = nullptr;
  if (napi_is_exception_pending(env, &pending) != napi_ok || !pending) return;
  if (napi_get_and_clear_last_exception(env, &thrown) != napi_ok) return;
  napi_fatal_exception(env, thrown);  // as an exception out of any other callback of the event loop
}

}  // namespace wallwatch
