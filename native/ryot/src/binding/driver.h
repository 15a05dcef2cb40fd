#pragma once

#include <napi.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace ryot {

/**
 * One thread that does an engine's work in order, so that neither the event loop nor Node's thread pool ever waits for it. All methods but
 * `tell` are for the event loop's thread. It lives until it is closed, and ends before its environment and before the process does: no thread
 * of the addon runs while what it uses is taken down.
 *
 * Memory may run out at any time, and an exception that leaves the thread would end the process. So all that the thread needs to tell how its
 * work ended is allocated on the event loop, when the work is asked for.
 */
class Driver : public std::enable_shared_from_this<Driver> {
 public:
  /**
   * `release` is the last that the driver's thread does, however it ends: other threads that the work began must have ended with it. Throws
   * `Error` OUT_OF_MEMORY where the system gives no thread.
   */
  static std::shared_ptr<Driver> open(Napi::Env env, std::function<void()> release);
  ~Driver();
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

  /** Calls back on the event loop, in order, while a promise is pending. From within work: it throws `std::bad_alloc`. */
  void tell(std::function<void(Napi::Env)> news);

  /** Ends what runs and what waits with CANCELLED, and then the thread. Closing twice is harmless. */
  void close();
  /** The same, with a promise of the end. */
  Napi::Promise close(Napi::Env env);

 private:
  /** What is handed to the event loop, and deleted there: what it holds on to may be JavaScript's. */
  struct News {
    virtual ~News() = default;
    virtual void tell(Napi::Env env) = 0;
  };
  struct Progress;
  /** Asked for on the event loop, worked out on the driver's thread, and told as news of how it ended. */
  struct Task;
  /** The thread's last news. */
  struct End;

  static void tell_on_loop(Napi::Env env, Napi::Function, Driver*, News* news);
  using Loop = Napi::TypedThreadSafeFunction<Driver, News, tell_on_loop>;

  Driver(Napi::Env env, std::function<void()> release);

  void run();
  void send(std::unique_ptr<News> news);
  void settle(std::unique_ptr<Task> task);
  void join();
  static void end_with_environment(void* driver);
  static void end_with_process();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Task>> waiting_;
  /** The one that the thread is at. */
  Task* running_ = nullptr;
  bool closing_ = false;
  const std::function<void()> release_;
  std::unique_ptr<End> end_;
  /** The event loop is being taken down: nothing is told any more. */
  std::atomic<bool> silent_{false};
  int pending_ = 0;
  std::vector<Napi::Promise::Deferred> closers_;
  Loop loop_;
  std::thread thread_;
};

}  // namespace ryot
