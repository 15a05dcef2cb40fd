#include "threads/threads.h"

#include <immintrin.h>
#include <sched.h>

#include <algorithm>
#include <chrono>

#include "common/error.h"

namespace ryot {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kChunkBits = 24;
constexpr uint64_t kChunkMask = (uint64_t{1} << kChunkBits) - 1;
constexpr uint64_t kNumberMask = (uint64_t{1} << (64 - 2 * kChunkBits)) - 1;
constexpr uint32_t kUseMask = (uint32_t{1} << 31) - 1;
constexpr auto kSpin = std::chrono::microseconds(50);
/** Several times what a chunk takes: who needs longer was taken off its core. */
constexpr auto kPatience = std::chrono::microseconds(30);

uint64_t next_of(uint64_t ticket) { return ticket & kChunkMask; }
uint64_t chunks_of(uint64_t ticket) { return ticket >> kChunkBits & kChunkMask; }
uint64_t number_of(uint64_t ticket) { return ticket >> (2 * kChunkBits); }

/** Moves this thread to another core where it may; the system moves it on as it sees fit. */
void leave_core(int core) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;
  cpu_set_t others = allowed;
  CPU_CLR(core, &others);
  if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof(others), &others) != 0) return;
  sched_setaffinity(0, sizeof(allowed), &allowed);
}

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
      loop.handed_over = std::make_unique<std::atomic<uint32_t>[]>(static_cast<size_t>(chunks));
      for (int i = 0; i < chunks; i++) loop.handed_over[i].store(2 * loop.use, std::memory_order_relaxed);
      loop.room = chunks;
    }
    loop.use = (loop.use + 1) & kUseMask;
    // What was left from the last time round must not look like now.
    for (int i = 0; loop.use == 0 && i < loop.room; i++) loop.handed_over[i].store(2 * kUseMask, std::memory_order_relaxed);
  }
  caller_core_.store(sched_getcpu(), std::memory_order_relaxed);
  ticket_.store(next_number_ << (2 * kChunkBits) | static_cast<uint64_t>(chunks) << kChunkBits);
  if (sleeping_.load() > 0) {
    const std::lock_guard<std::mutex> lock(mutex_);
    wake_.notify_all();
  }
  while (take_some()) {
  }
  const auto since = Clock::now();
  while (loop.done.load(std::memory_order_acquire) < chunks) {
    _mm_pause();
    if (loop.repeatable && Clock::now() - since > kPatience && finish(loop, chunks)) break;
  }
  if (loop.error != nullptr) std::rethrow_exception(loop.error);
}

/**
 * Does some chunks, if there are any to do. Of a repeatable loop, whose chunks take a microsecond, as many as a fair share of half of what is left:
 * two cores that pass the ticket back and forth for each of them would spend as long on that. Toward the end it is one, so that all end together.
 */
bool Threads::take_some() {
  for (;;) {
    uint64_t ticket = ticket_.load(std::memory_order_acquire);
    // Looked at before it is taken: idle threads must not count the word up until it overflows.
    if (next_of(ticket) >= chunks_of(ticket)) return false;
    Loop& loop = loops_[number_of(ticket) % loops_.size()];
    // Said before the chunk is taken: from then on the loop may end, but its slot is not used anew.
    loop.users.fetch_add(1);
    const uint64_t left = chunks_of(ticket) - next_of(ticket);
    const uint64_t share = loop.repeatable ? std::max<uint64_t>(1, left / (2 * loops_.size())) : 1;
    const bool taken = ticket_.compare_exchange_strong(ticket, ticket + share);
    if (taken) do_chunks(loop, static_cast<int>(next_of(ticket)), static_cast<int>(share));
    loop.users.fetch_sub(1, std::memory_order_release);
    if (taken) return true;
  }
}

void Threads::do_chunks(Loop& loop, int first, int count) {
  if (loop.repeatable) {
    int done = 0;
    for (int chunk = first; chunk < first + count; chunk++) done += do_repeatable(loop, chunk);
    loop.done.fetch_add(done, std::memory_order_release);
    return;
  }
  try {
    for (int chunk = first; chunk < first + count; chunk++) loop.call(loop.context, chunk, nullptr);
  } catch (...) {
    // A thread that lets one go ends the process: it is for the caller.
    if (!loop.failed.exchange(true)) loop.error = std::current_exception();
  }
  loop.done.fetch_add(count, std::memory_order_release);
}

/** How many chunks it handed over: none, where another thread did. */
int Threads::do_repeatable(Loop& loop, int chunk) {
  std::atomic<uint32_t>& handed_over = loop.handed_over[chunk];
  uint32_t before = handed_over.load(std::memory_order_relaxed);
  if (before >> 1 == loop.use) return 0;
  alignas(64) float result[kResultFloats];
  loop.call(loop.context, chunk, result);
  if (!handed_over.compare_exchange_strong(before, 2 * loop.use)) return 0;
  loop.hand_over(loop.context, chunk, result);
  handed_over.store(2 * loop.use + 1, std::memory_order_release);
  return 1;
}

/**
 * Does what others have taken and not handed over, from the end on: who is only slow comes from the other side. Whether all is done then; a thread that
 * was taken away in the middle of handing over must be waited for.
 */
bool Threads::finish(Loop& loop, int chunks) {
  int done = 0;
  for (int chunk = chunks - 1; chunk >= 0; chunk--) done += do_repeatable(loop, chunk);
  loop.done.fetch_add(done, std::memory_order_release);
  for (int chunk = 0; chunk < chunks; chunk++) {
    if (loop.handed_over[chunk].load(std::memory_order_acquire) != 2 * loop.use + 1) return false;
  }
  return true;
}

void Threads::work() {
  auto idle_since = Clock::now();
  while (!stop_) {
    if (take_some()) {
      idle_since = Clock::now();
      continue;
    }
    _mm_pause();
    if (Clock::now() - idle_since < kSpin) continue;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      sleeping_++;
      wake_.wait(lock, [this] {
        const uint64_t ticket = ticket_.load();
        return stop_ || next_of(ticket) < chunks_of(ticket);
      });
      sleeping_--;
    }
    // The system likes to wake a thread where the one is that woke it, and there it would only be in the way.
    const int core = sched_getcpu();
    if (core == caller_core_.load(std::memory_order_relaxed)) leave_core(core);
    idle_since = Clock::now();
  }
}

}  // namespace ryot
