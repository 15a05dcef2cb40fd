#include "binding/driver.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <system_error>
#include <utility>

#include "common/error.h"
#include "common/guarded.h"

namespace ryot {
namespace {

/** Several times a block of Node's own queue of news. */
constexpr size_t kReserveBytes = 4096;

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

struct Driver::Progress : News {
  explicit Progress(std::function<void(Napi::Env)> call) : call(std::move(call)) {}
  void tell(Napi::Env env) override { call(env); }

  const std::function<void(Napi::Env)> call;
};

struct Driver::Task : News {
  Task(double id, Napi::Promise::Deferred deferred, Work work) : id(id), deferred(deferred), work(std::move(work)) {}

  void run();
  void tell(Napi::Env env) override;

  const double id;
  const Napi::Promise::Deferred deferred;
  const Work work;
  std::atomic<bool> stop{false};
  /** Of the two, what it came to. An exception is kept as it is: to make a text of it takes memory, which is better had on the event loop. */
  Make make;
  std::exception_ptr error;
  /** Given back when the work fails: where memory has run out, Node needs a little to take the news of it. */
  std::unique_ptr<char[]> reserve{new char[kReserveBytes]};
  /** Set when it has ended. */
  std::shared_ptr<Driver> driver;
};

struct Driver::End : News {
  void tell(Napi::Env env) override;

  std::shared_ptr<Driver> driver;
};

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
    : release_(std::move(release)), end_(std::make_unique<End>()), loop_(Loop::New(env, "ryot", 0, 1, this)) {
  // Only work that somebody waits for keeps the process alive.
  loop_.Unref(env);
}

Driver::~Driver() = default;

Napi::Promise Driver::promise(Napi::Env env, double id, Work work) {
  auto deferred = Napi::Promise::Deferred::New(env);
  auto task = std::make_unique<Task>(id, deferred, std::move(work));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.push_back(std::move(task));
  }
  if (pending_++ == 0) loop_.Ref(env);
  wake_.notify_all();
  return deferred.Promise();
}

void Driver::abort(std::optional<double> id) {
  // All that takes memory comes first: what was taken out of the queue must be told.
  const std::exception_ptr interrupted = std::make_exception_ptr(Error("CANCELLED", "interrupted"));
  const auto is_meant = [&](const std::unique_ptr<Task>& task) { return task->id == id.value_or(task->id); };
  std::vector<std::unique_ptr<Task>> aborted;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (running_ != nullptr && running_->id == id.value_or(running_->id)) running_->stop = true;
    aborted.reserve(waiting_.size());
    for (auto& task : waiting_) {
      if (is_meant(task)) aborted.push_back(std::move(task));
    }
    waiting_.erase(std::remove(waiting_.begin(), waiting_.end(), nullptr), waiting_.end());
  }
  for (auto& task : aborted) {
    task->error = interrupted;
    settle(std::move(task));
  }
}

void Driver::close() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closing_) return;
    closing_ = true;
    if (running_ != nullptr) running_->stop = true;
  }
  wake_.notify_all();
}

Napi::Promise Driver::close(Napi::Env env) {
  auto deferred = Napi::Promise::Deferred::New(env);
  if (!thread_.joinable()) {
    deferred.Resolve(env.Undefined());
    return deferred.Promise();
  }
  closers_.push_back(deferred);
  if (pending_++ == 0) loop_.Ref(env);
  close();
  return deferred.Promise();
}

void Driver::tell(std::function<void(Napi::Env)> news) { send(std::make_unique<Progress>(std::move(news))); }

/** This thread keeps nothing of it. Where the event loop is being taken down, it is left to the end of the process. */
void Driver::send(std::unique_ptr<News> news) {
  News* sent = news.release();
  if (!silent_) loop_.BlockingCall(sent);
}

void Driver::tell_on_loop(Napi::Env env, Napi::Function, Driver*, News* news) {
  if (static_cast<napi_env>(env) == nullptr) return;
  const Napi::HandleScope scope(env);
  const std::unique_ptr<News> owned(news);
  guarded(env, [&] {
    owned->tell(env);
    return env.Undefined();
  });
}

void Driver::run() {
  for (;;) {
    std::unique_lock<std::mutex> lock(mutex_);
    wake_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty()) break;
    std::unique_ptr<Task> task = std::move(waiting_.front());
    waiting_.pop_front();
    if (closing_) task->stop = true;
    running_ = task.get();
    lock.unlock();
    task->run();
    lock.lock();
    running_ = nullptr;
    lock.unlock();
    settle(std::move(task));
  }
  release_();
  end_->driver = shared_from_this();
  send(std::move(end_));
}

void Driver::settle(std::unique_ptr<Task> task) {
  task->driver = shared_from_this();
  send(std::move(task));
}

void Driver::Task::run() {
  try {
    if (stop) throw Error("CANCELLED", "the model was closed");
    make = work(stop);
  } catch (...) {
    error = std::current_exception();
    reserve.reset();
  }
}

void Driver::Task::tell(Napi::Env env) {
  if (--driver->pending_ == 0) driver->loop_.Unref(env);
  try {
    const Napi::Value value = guarded(env, [&] {
      if (error != nullptr) std::rethrow_exception(error);
      return make(env);
    });
    deferred.Resolve(value);
  } catch (const Napi::Error& thrown) {
    deferred.Reject(thrown.Value());
  }
}

void Driver::End::tell(Napi::Env env) {
  driver->join();
  napi_remove_env_cleanup_hook(env, end_with_environment, driver.get());
  if (driver->pending_ > 0) driver->loop_.Unref(env);
  for (const Napi::Promise::Deferred& closer : driver->closers_) closer.Resolve(env.Undefined());
  driver->loop_.Release();
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
