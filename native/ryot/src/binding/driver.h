#pragma once

#include <napi.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace ryot {

/**
 * One thread that does an engine's work in order, so that neither the event loop nor Node's thread pool ever waits for it. All methods but
 * `tell` are for the event loop's thread. It lives until it is closed, and ends before its environment and before the process does: no thread
 * of the addon runs while what it uses is taken down.
 */
class Driver : public std::enable_shared_from_this<Driver> {
 public:
  /**
   * `release` is the last that the driver's thread does, however it ends: other threads that the work began must have ended with it. Throws
   * `Error` OUT_OF_MEMORY where the system gives no thread.
   */
  static std::shared_ptr<Driver> open(Napi::Env env, std::function<void()> release);
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /** Makes a JavaScript value, on the event loop, of what was worked out. */
  using Make = std::function<Napi::Value(Napi::Env)>;
  /** Runs on the driver's thread. Once `stop` is set it is to throw `Error` CANCELLED, soon. */
  using Work = std::function<Make(const std::atomic<bool>& stop)>;

  /** Runs `work` after what was asked for before. The promise is rejected with an `Error` whose `code` is that of `ryot::Error`, or INTERNAL. */
  Napi::Promise promise(Napi::Env env, double id, Work work);

  /** Ends the tasks of this id, or all: those that wait at once, one that runs as soon as it looks at its flag. */
  void abort(std::optional<double> id);

  /** Calls back on the event loop, in order, while a promise is pending. From the driver's thread. */
  void tell(std::function<void(Napi::Env)> news);

  /** Ends what runs and what waits with CANCELLED, and then the thread. Closing twice is harmless. */
  void close();
  /** The same, with a promise of the end. */
  Napi::Promise close(Napi::Env env);

 private:
  struct Task {
    double id;
    Napi::Promise::Deferred deferred;
    Work work;
    std::shared_ptr<std::atomic<bool>> stop;
  };
  struct Outcome {
    Make make;
    std::string code;
    std::string message;
  };

  Driver(Napi::Env env, std::function<void()> release);

  void run();
  static Outcome outcome_of(const Task& task);
  void settle(Task task, Outcome outcome);
  void join();
  static void end_with_environment(void* driver);
  static void end_with_process();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> waiting_;
  /** The flag of the task that runs. */
  std::shared_ptr<std::atomic<bool>> running_;
  double running_id_ = 0;
  bool closing_ = false;
  const std::function<void()> release_;
  /** The event loop is being taken down: nothing is told any more. */
  std::atomic<bool> silent_{false};
  int pending_ = 0;
  std::vector<Napi::Promise::Deferred> closers_;
  Napi::ThreadSafeFunction loop_;
  std::thread thread_;
};

}  // namespace ryot
