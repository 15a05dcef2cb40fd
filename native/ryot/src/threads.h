#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace ryot {

/**
 * Threads that share loops. Chunks are handed out one by one, so that a thread which the system took away for a while holds up at most the
 * chunk in its hands: the others do the rest. Waiting threads spin for a moment, since the next loop mostly follows at once, and then sleep.
 */
class Threads {
 public:
  /** `count` includes the thread that calls `run`. */
  explicit Threads(int count);
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  int count() const { return static_cast<int>(workers_.size()) + 1; }

  /**
   * Calls `body(chunk)` for 0 ≤ chunk < chunks, in any order, and returns when all of them are done; throws what one of them threw. One caller
   * at a time.
   */
  template <typename Body>
  void run(int chunks, const Body& body) {
    if (chunks <= 1 || workers_.empty()) {
      for (int chunk = 0; chunk < chunks; chunk++) body(chunk);
      return;
    }
    run_shared(chunks, [](const void* context, int chunk) { (*static_cast<const Body*>(context))(chunk); }, &body);
  }

 private:
  using Call = void (*)(const void* context, int chunk);

  struct Loop {
    Call call = nullptr;
    const void* context = nullptr;
    std::atomic<int> done{0};
    /** What the first chunk that failed threw. */
    std::exception_ptr error;
    std::atomic<bool> failed{false};
  };

  void run_shared(int chunks, Call call, const void* context);
  void work();
  bool take_one();

  /**
   * Which loop, how many chunks it has, and the next one to take, in one word: whoever takes a chunk by adding one knows from the same word
   * that the chunk exists and which loop it is of. That loop cannot end, nor its slot be used anew, before the chunk is done.
   */
  std::atomic<uint64_t> ticket_{0};
  Loop loops_[4];
  std::atomic<int> sleeping_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::thread> workers_;
};

}  // namespace ryot
