#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "threads/contention.h"

namespace ryot {

/** The most that a chunk of a repeatable loop works out before it is handed over: on each thread's stack, and small enough for the first cache. */
constexpr int kResultFloats = 768;

/**
 * Threads that share loops. Chunks are handed out one by one, so that a thread which the system took away for a while holds up at most the
 * chunk in its hands: the others do the rest. Waiting threads spin for a moment, since the next loop mostly follows at once, and then sleep.
 */
class Threads {
 public:
  /** `count` includes the thread that calls `run`. Throws `Error` OUT_OF_MEMORY where the system gives no thread. */
  explicit Threads(int count);
  /** Waits for threads that are still at a chunk which was done without them: what that chunk reads must live as long. */
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  /** How many there are. */
  int most() const { return static_cast<int>(workers_.size()) + 1; }
  /** How many share the next loop. */
  int count() const { return alone() ? 1 : most(); }

  /** The caller has something to do after a time of waiting. */
  void begin() { contention_.begin(); }
  /** To be called every millisecond or so of work, between loops: where other programs take the caller's core away, it goes on alone for a while. */
  void look() { contention_.look(); }

  /**
   * Calls `body(chunk)` for 0 ≤ chunk < chunks, in any order, and returns when all of them are done; throws what one of them threw. One caller
   * at a time.
   */
  template <typename Body>
  void run(int chunks, const Body& body) {
    if (chunks <= 1 || alone()) {
      for (int chunk = 0; chunk < chunks; chunk++) body(chunk);
      return;
    }
    Loop& loop = next_loop();
    loop.repeatable = false;
    loop.context = &body;
    loop.call = [](const void* context, int chunk, float*) { (*static_cast<const Body*>(context))(chunk); };
    run_loop(loop, chunks);
  }

  /**
   * As `run`, for chunks that may be worked out twice: where a thread was taken away by the system in the middle of its last chunk, the caller
   * does that chunk too instead of waiting for milliseconds. So with a busy neighbour on its core a thread never costs more than it gives.
   * `body.work(chunk, result)` must only read, and never throw; `body.hand_over(chunk, result)` is called once a chunk. A copy of the body is
   * kept: what it points to must live as long as the threads, though it may change once the loop is over.
   */
  template <typename Body>
  void run_repeatable(int chunks, const Body& body) {
    static_assert(std::is_trivially_copyable_v<Body> && sizeof(Body) <= kBodyBytes);
    if (alone()) {
      alignas(64) float result[kResultFloats];
      for (int chunk = 0; chunk < chunks; chunk++) {
        body.work(chunk, result);
        body.hand_over(chunk, result);
      }
      return;
    }
    Loop& loop = next_loop();
    loop.repeatable = true;
    std::memcpy(loop.body, &body, sizeof(Body));
    loop.context = loop.body;
    loop.call = [](const void* context, int chunk, float* result) { static_cast<const Body*>(context)->work(chunk, result); };
    loop.hand_over = [](const void* context, int chunk, const float* result) { static_cast<const Body*>(context)->hand_over(chunk, result); };
    run_loop(loop, chunks);
  }

 private:
  static constexpr size_t kBodyBytes = 256;

  struct Loop {
    void (*call)(const void* context, int chunk, float* result) = nullptr;
    void (*hand_over)(const void* context, int chunk, const float* result) = nullptr;
    const void* context = nullptr;
    bool repeatable = false;
    alignas(64) unsigned char body[kBodyBytes];
    /** Of a repeatable loop: twice the use of this slot in which a chunk was last handed over, and one more once that was done. */
    std::unique_ptr<std::atomic<uint32_t>[]> handed_over;
    /** Of 31 bits, so that twice of it fits. */
    uint32_t use = 0;
    int room = 0;
    alignas(64) std::atomic<int> done{0};
    /** Threads that are at one of its chunks, or about to take one: while there are any, the slot is not used anew. */
    std::atomic<int> users{0};
    /** What the first chunk that failed threw. */
    std::exception_ptr error;
    std::atomic<bool> failed{false};
  };

  void join();
  bool alone() const { return workers_.empty() || contention_.alone(); }
  Loop& next_loop();
  void run_loop(Loop& loop, int chunks);
  void work();
  bool take_some();
  static void do_chunks(Loop& loop, int first, int count);
  static int do_repeatable(Loop& loop, int chunk);
  static bool finish(Loop& loop, int chunks);

  /**
   * Which loop, how many chunks it has, and the next one to take, in one word: whoever takes a chunk by adding one knows from the same word
   * that the chunk exists and which loop it is of.
   */
  std::atomic<uint64_t> ticket_{0};
  uint64_t next_number_ = 0;
  Contention contention_;
  /** One more than threads that can be late. */
  std::vector<Loop> loops_;
  /** The core that the caller was on when it began the last loop. */
  std::atomic<int> caller_core_{-1};
  std::atomic<int> sleeping_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::thread> workers_;
};

}  // namespace ryot
