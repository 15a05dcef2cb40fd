#pragma once

#include <napi.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace ryot {

/**
 * One thread that does an engine's work in order, so that neither the event loop nor Node's thread pool ever waits for it. All methods but
 * `tell` are for the event loop's thread.
 */
class Driver {
 public:
  explicit Driver(Napi::Env env);
  /** Finishes what is in hand; what waits is rejected. */
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /** Makes a JavaScript value, on the event loop, of what was worked out. */
  using Make = std::function<Napi::Value(Napi::Env)>;

  /** Runs `work` on the driver's thread. The promise is rejected with an `Error` whose `code` is that of `ryot::Error`, or INTERNAL. */
  Napi::Promise promise(Napi::Env env, std::function<Make()> work);

  /** Calls back on the event loop, in order, while a promise is pending. From the driver's thread. */
  void tell(std::function<void(Napi::Env)> news);

 private:
  struct Task {
    Napi::Promise::Deferred deferred;
    std::function<Make()> work;
  };

  void run();
  void settle(Napi::Env env, const Napi::Promise::Deferred& deferred, const Make& make, const std::string& code,
              const std::string& message);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> waiting_;
  bool stop_ = false;
  int pending_ = 0;
  Napi::ThreadSafeFunction loop_;
  std::thread thread_;
};

}  // namespace ryot
