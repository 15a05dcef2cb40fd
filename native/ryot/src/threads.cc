#include "threads.h"

#include <immintrin.h>

#include <chrono>

namespace ryot {
namespace {

constexpr int kChunkBits = 24;
constexpr uint64_t kChunkMask = (uint64_t{1} << kChunkBits) - 1;
constexpr auto kSpin = std::chrono::microseconds(50);

uint64_t next_of(uint64_t ticket) { return ticket & kChunkMask; }
uint64_t chunks_of(uint64_t ticket) { return ticket >> kChunkBits & kChunkMask; }
uint64_t loop_of(uint64_t ticket) { return ticket >> (2 * kChunkBits); }

}  // namespace

Threads::Threads(int count) {
  for (int i = 1; i < count; i++) workers_.emplace_back([this] { work(); });
}

Threads::~Threads() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void Threads::run_shared(int chunks, Call call, const void* context) {
  const uint64_t loop = loop_of(ticket_.load(std::memory_order_relaxed)) + 1;
  Loop& slot = loops_[loop % 4];
  slot.call = call;
  slot.context = context;
  slot.done.store(0, std::memory_order_relaxed);
  slot.failed.store(false, std::memory_order_relaxed);
  slot.error = nullptr;
  ticket_.store(loop << (2 * kChunkBits) | static_cast<uint64_t>(chunks) << kChunkBits);
  if (sleeping_.load() > 0) {
    const std::lock_guard<std::mutex> lock(mutex_);
    wake_.notify_all();
  }
  while (take_one()) {
  }
  while (slot.done.load(std::memory_order_acquire) < chunks) _mm_pause();
  if (slot.error != nullptr) std::rethrow_exception(slot.error);
}

/** Does one chunk, if there is one to do. */
bool Threads::take_one() {
  uint64_t ticket = ticket_.load(std::memory_order_acquire);
  // Looked at before it is taken: idle threads must not count the word up until it overflows.
  do {
    if (next_of(ticket) >= chunks_of(ticket)) return false;
  } while (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel));
  Loop& loop = loops_[loop_of(ticket) % 4];
  try {
    loop.call(loop.context, static_cast<int>(next_of(ticket)));
  } catch (...) {
    // A thread that lets one go ends the process: it is for the caller.
    if (!loop.failed.exchange(true)) loop.error = std::current_exception();
  }
  loop.done.fetch_add(1, std::memory_order_release);
  return true;
}

void Threads::work() {
  auto idle_since = std::chrono::steady_clock::now();
  while (!stop_) {
    if (take_one()) {
      idle_since = std::chrono::steady_clock::now();
      continue;
    }
    _mm_pause();
    if (std::chrono::steady_clock::now() - idle_since < kSpin) continue;
    std::unique_lock<std::mutex> lock(mutex_);
    sleeping_++;
    wake_.wait(lock, [this] {
      const uint64_t ticket = ticket_.load();
      return stop_ || next_of(ticket) < chunks_of(ticket);
    });
    sleeping_--;
    idle_since = std::chrono::steady_clock::now();
  }
}

}  // namespace ryot
