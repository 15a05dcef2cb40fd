#pragma once

#include <atomic>
#include <memory>

#include "threads/threads.h"

namespace ryot {

/**
 * What a chunk of a loop works with: as many pieces as there are threads, of which each chunk takes one. Not `thread_local`: where there is no
 * memory for that, the process ends.
 */
template <typename Piece>
class Scratch {
 public:
  explicit Scratch(const Threads& threads) : count_(threads.most()), slots_(new Slot[static_cast<size_t>(count_)]) {}

  template <typename Prepare>
  Scratch(const Threads& threads, Prepare prepare) : Scratch(threads) {
    for (int i = 0; i < count_; i++) slots_[i].piece = prepare();
  }

  /** Calls `use(piece)`; nobody else has the piece meanwhile. */
  template <typename Use>
  void with(const Use& use) {
    // No more threads than pieces: one is free.
    for (int i = 0;; i = (i + 1) % count_) {
      Slot& slot = slots_[i];
      if (slot.taken.test_and_set(std::memory_order_acquire)) continue;
      const GiveBack give_back{slot};
      use(slot.piece);
      return;
    }
  }

 private:
  struct alignas(64) Slot {
    std::atomic_flag taken = ATOMIC_FLAG_INIT;
    Piece piece;
  };
  struct GiveBack {
    Slot& slot;
    ~GiveBack() { slot.taken.clear(std::memory_order_release); }
  };

  int count_;
  std::unique_ptr<Slot[]> slots_;
};

}  // namespace ryot
