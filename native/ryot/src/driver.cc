#include "driver.h"

#include <exception>
#include <utility>

#include "error.h"

namespace ryot {

Driver::Driver(Napi::Env env)
    : loop_(Napi::ThreadSafeFunction::New(env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}), "ryot", 0, 1)) {
  // Only work that somebody waits for keeps the process alive.
  loop_.Unref(env);
  thread_ = std::thread([this] { run(); });
}

Driver::~Driver() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
  loop_.Release();
}

Napi::Promise Driver::promise(Napi::Env env, std::function<Make()> work) {
  auto deferred = Napi::Promise::Deferred::New(env);
  if (pending_++ == 0) loop_.Ref(env);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.push_back({deferred, std::move(work)});
  }
  wake_.notify_all();
  return deferred.Promise();
}

void Driver::tell(std::function<void(Napi::Env)> news) {
  // What the news hold on to may be JavaScript's: it must be let go on the event loop, so this thread keeps no copy.
  loop_.BlockingCall(new std::function<void(Napi::Env)>(std::move(news)),
                     [](Napi::Env env, Napi::Function, std::function<void(Napi::Env)>* told) {
                       if (env != nullptr) (*told)(env);
                       delete told;
                     });
}

void Driver::run() {
  for (;;) {
    std::unique_lock<std::mutex> lock(mutex_);
    wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    Task task = std::move(waiting_.front());
    waiting_.pop_front();
    const bool dropped = stop_;
    lock.unlock();

    Make make;
    std::string code;
    std::string message;
    try {
      if (dropped) throw Error("CANCELLED", "the model was closed");
      make = task.work();
    } catch (const Error& error) {
      code = error.code();
      message = error.what();
    } catch (const std::bad_alloc&) {
      code = "OUT_OF_MEMORY";
      message = "there is not enough memory";
    } catch (const std::exception& error) {
      code = "INTERNAL";
      message = error.what();
    }
    tell([this, dropped, deferred = task.deferred, work = std::move(task.work), make = std::move(make), code, message](Napi::Env env) {
      // A dropped task is settled after the driver is gone.
      if (!dropped && --pending_ == 0) loop_.Unref(env);
      settle(env, deferred, make, code, message);
    });
  }
}

void Driver::settle(Napi::Env env, const Napi::Promise::Deferred& deferred, const Make& make, const std::string& code,
                    const std::string& message) {
  const Napi::HandleScope scope(env);
  if (code.empty()) {
    deferred.Resolve(make(env));
    return;
  }
  const Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  deferred.Reject(error.Value());
}

}  // namespace ryot
