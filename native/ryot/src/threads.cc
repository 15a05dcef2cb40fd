#include "threads.h"

#include <immintrin.h>

#include <chrono>

#include "error.h"

namespace ryot {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kChunkBits = 24;
constexpr uint64_t kChunkMask = (uint64_t{1} << kChunkBits) - 1;
constexpr uint64_t kNumberMask = (uint64_t{1} << (64 - 2 * kChunkBits)) - 1;
constexpr auto kSpin = std::chrono::microseconds(50);
/** Several times what a chunk takes: who needs longer was taken off its core. */
constexpr auto kPatience = std::chrono::microseconds(30);

uint64_t next_of(uint64_t ticket) { return ticket & kChunkMask; }
uint64_t chunks_of(uint64_t ticket) { return ticket >> kChunkBits & kChunkMask; }
uint64_t number_of(uint64_t ticket) { return ticket >> (2 * kChunkBits); }

}  // namespace

Threads::Threads(int count) : loops_(static_cast<size_t>(count < 1 ? 1 : count) + 1) {
  try {
    for (int i = 1; i < count; i++) workers_.emplace_back([this] { work(); });
  } catch (...) {
    join();
    throw Error("OUT_OF_MEMORY", "the system gives no more threads");
  }
}

Threads::~Threads() { join(); }

void Threads::join() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

/** A slot that no late thread is still in. There are more slots than threads that could be late, so one is free at once or soon. */
Threads::Loop& Threads::next_loop() {
  for (;;) {
    next_number_ = (next_number_ + 1) & kNumberMask;
    Loop& loop = loops_[next_number_ % loops_.size()];
    if (loop.users.load(std::memory_order_acquire) == 0) return loop;
  }
}

void Threads::run_loop(Loop& loop, int chunks) {
  loop.done.store(0, std::memory_order_relaxed);
  loop.failed.store(false, std::memory_order_relaxed);
  loop.error = nullptr;
  if (loop.repeatable) {
    if (loop.room < chunks) {
      loop.handed_over = std::make_unique<std::atomic<bool>[]>(static_cast<size_t>(chunks));
      loop.room = chunks;
    }
    for (int i = 0; i < chunks; i++) loop.handed_over[i].store(false, std::memory_order_relaxed);
  }
  ticket_.store(next_number_ << (2 * kChunkBits) | static_cast<uint64_t>(chunks) << kChunkBits);
  if (sleeping_.load() > 0) {
    const std::lock_guard<std::mutex> lock(mutex_);
    wake_.notify_all();
  }
  while (take_one()) {
  }
  const auto since = Clock::now();
  while (loop.done.load(std::memory_order_acquire) < chunks) {
    _mm_pause();
    if (loop.repeatable && Clock::now() - since > kPatience) do_unfinished(loop, chunks);
  }
  if (loop.error != nullptr) std::rethrow_exception(loop.error);
}

/** Does one chunk, if there is one to do. */
bool Threads::take_one() {
  for (;;) {
    uint64_t ticket = ticket_.load(std::memory_order_acquire);
    // Looked at before it is taken: idle threads must not count the word up until it overflows.
    if (next_of(ticket) >= chunks_of(ticket)) return false;
    Loop& loop = loops_[number_of(ticket) % loops_.size()];
    // Said before the chunk is taken: from then on the loop may end, but its slot is not used anew.
    loop.users.fetch_add(1);
    const bool taken = ticket_.compare_exchange_strong(ticket, ticket + 1);
    if (taken) do_chunk(loop, static_cast<int>(next_of(ticket)));
    loop.users.fetch_sub(1, std::memory_order_release);
    if (taken) return true;
  }
}

void Threads::do_chunk(Loop& loop, int chunk) {
  if (!loop.repeatable) {
    try {
      loop.call(loop.context, chunk, nullptr);
    } catch (...) {
      // A thread that lets one go ends the process: it is for the caller.
      if (!loop.failed.exchange(true)) loop.error = std::current_exception();
    }
    loop.done.fetch_add(1, std::memory_order_release);
    return;
  }
  alignas(64) float result[kResultFloats];
  loop.call(loop.context, chunk, result);
  if (loop.handed_over[chunk].exchange(true)) return;
  loop.hand_over(loop.context, chunk, result);
  loop.done.fetch_add(1, std::memory_order_release);
}

/** Does what others have taken and not handed over. */
void Threads::do_unfinished(Loop& loop, int chunks) {
  for (int chunk = 0; chunk < chunks; chunk++) {
    if (!loop.handed_over[chunk].load(std::memory_order_relaxed)) do_chunk(loop, chunk);
  }
}

void Threads::work() {
  auto idle_since = Clock::now();
  while (!stop_) {
    if (take_one()) {
      idle_since = Clock::now();
      continue;
    }
    _mm_pause();
    if (Clock::now() - idle_since < kSpin) continue;
    std::unique_lock<std::mutex> lock(mutex_);
    sleeping_++;
    wake_.wait(lock, [this] {
      const uint64_t ticket = ticket_.load();
      return stop_ || next_of(ticket) < chunks_of(ticket);
    });
    sleeping_--;
    idle_since = Clock::now();
  }
}

}  // namespace ryot
