#include "binding/driver.h"

#include <cstdlib>
#include <exception>
#include <set>
#include <system_error>
#include <utility>

#include "common/error.h"

namespace ryot {
namespace {

/** All drivers whose thread has not been joined. Never destroyed: the process may end on any thread. */
struct Living {
  std::mutex mutex;
  std::set<Driver*> drivers;
};

Living& living() {
  static Living& all = *new Living();
  return all;
}

}  // namespace

std::shared_ptr<Driver> Driver::open(Napi::Env env, std::function<void()> release) {
  static const int registered = std::atexit(end_with_process);
  static_cast<void>(registered);
  std::shared_ptr<Driver> driver(new Driver(env, std::move(release)));
  // The thread holds the driver, and lets go of it when it ends.
  try {
    driver->thread_ = std::thread([driver] { driver->run(); });
  } catch (const std::system_error&) {
    driver->loop_.Release();
    throw Error("OUT_OF_MEMORY", "the system gives no more threads");
  }
  // Behind the thread-safe function's own hook, so that this one runs first.
  napi_add_env_cleanup_hook(env, end_with_environment, driver.get());
  const std::lock_guard<std::mutex> lock(living().mutex);
  living().drivers.insert(driver.get());
  return driver;
}

Driver::Driver(Napi::Env env, std::function<void()> release)
    : release_(std::move(release)),
      loop_(Napi::ThreadSafeFunction::New(env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}), "ryot", 0, 1)) {
  // Only work that somebody waits for keeps the process alive.
  loop_.Unref(env);
}

Napi::Promise Driver::promise(Napi::Env env, double id, Work work) {
  auto deferred = Napi::Promise::Deferred::New(env);
  if (pending_++ == 0) loop_.Ref(env);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.push_back({id, deferred, std::move(work), std::make_shared<std::atomic<bool>>(false)});
  }
  wake_.notify_all();
  return deferred.Promise();
}

void Driver::abort(std::optional<double> id) {
  std::deque<Task> aborted;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (running_ != nullptr && running_id_ == id.value_or(running_id_)) *running_ = true;
    std::deque<Task> kept;
    for (Task& task : waiting_) (task.id == id.value_or(task.id) ? aborted : kept).push_back(std::move(task));
    waiting_ = std::move(kept);
  }
  for (Task& task : aborted) settle(std::move(task), {nullptr, "CANCELLED", "interrupted"});
}

void Driver::close() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closing_) return;
    closing_ = true;
    if (running_ != nullptr) *running_ = true;
  }
  wake_.notify_all();
}

Napi::Promise Driver::close(Napi::Env env) {
  auto deferred = Napi::Promise::Deferred::New(env);
  if (!thread_.joinable()) {
    deferred.Resolve(env.Undefined());
    return deferred.Promise();
  }
  if (pending_++ == 0) loop_.Ref(env);
  closers_.push_back(deferred);
  close();
  return deferred.Promise();
}

void Driver::tell(std::function<void(Napi::Env)> news) {
  // What the news hold on to may be JavaScript's: it must be let go on the event loop, so this thread keeps no copy. Where the loop is being
  // taken down the news are left to the end of the process.
  auto* told = new std::function<void(Napi::Env)>(std::move(news));
  if (silent_) return;
  loop_.BlockingCall(told, [](Napi::Env env, Napi::Function, std::function<void(Napi::Env)>* to_tell) {
    const std::unique_ptr<std::function<void(Napi::Env)>> owned(to_tell);
    (*owned)(env);
  });
}

void Driver::run() {
  for (;;) {
    std::unique_lock<std::mutex> lock(mutex_);
    wake_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty()) break;
    Task task = std::move(waiting_.front());
    waiting_.pop_front();
    if (closing_) *task.stop = true;
    running_ = task.stop;
    running_id_ = task.id;
    lock.unlock();
    Outcome outcome = outcome_of(task);
    lock.lock();
    running_ = nullptr;
    lock.unlock();
    settle(std::move(task), std::move(outcome));
  }
  release_();
  tell([self = shared_from_this()](Napi::Env env) {
    self->join();
    napi_remove_env_cleanup_hook(env, end_with_environment, self.get());
    if (self->pending_ > 0) self->loop_.Unref(env);
    for (const Napi::Promise::Deferred& closer : self->closers_) closer.Resolve(env.Undefined());
    self->loop_.Release();
  });
}

Driver::Outcome Driver::outcome_of(const Task& task) {
  try {
    if (*task.stop) throw Error("CANCELLED", "the model was closed");
    return {task.work(*task.stop), "", ""};
  } catch (const Error& error) {
    return {nullptr, error.code(), error.what()};
  } catch (const std::bad_alloc&) {
    return {nullptr, "OUT_OF_MEMORY", "there is not enough memory"};
  } catch (const std::exception& error) {
    return {nullptr, "INTERNAL", error.what()};
  }
}

void Driver::settle(Task task, Outcome outcome) {
  auto self = shared_from_this();
  tell([self, task = std::move(task), outcome = std::move(outcome)](Napi::Env env) {
    const Napi::HandleScope scope(env);
    if (--self->pending_ == 0) self->loop_.Unref(env);
    if (outcome.code.empty()) {
      task.deferred.Resolve(outcome.make(env));
      return;
    }
    const Napi::Error error = Napi::Error::New(env, outcome.message);
    error.Set("code", Napi::String::New(env, outcome.code));
    task.deferred.Reject(error.Value());
  });
}

void Driver::join() {
  thread_.join();
  const std::lock_guard<std::mutex> lock(living().mutex);
  living().drivers.erase(this);
}

void Driver::end_with_environment(void* data) {
  // The thread's hold on the driver ends with the thread.
  const auto driver = static_cast<Driver*>(data)->shared_from_this();
  driver->silent_ = true;
  driver->close();
  driver->join();
  driver->loop_.Release();
}

/** `process.exit` runs no hooks of the environment, and what threads use is destroyed behind this. */
void Driver::end_with_process() {
  for (;;) {
    std::shared_ptr<Driver> driver;
    {
      const std::lock_guard<std::mutex> lock(living().mutex);
      if (living().drivers.empty()) return;
      driver = (*living().drivers.begin())->shared_from_this();
    }
    driver->silent_ = true;
    driver->close();
    driver->join();
  }
}

}  // namespace ryot
