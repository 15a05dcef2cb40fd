#pragma once

#include <atomic>

#include "common/error.h"

namespace ryot {

/** Throws `Error` CANCELLED once nobody waits any more. */
inline void throw_if_stopped(const std::atomic<bool>& stop) {
  if (stop.load(std::memory_order_relaxed)) throw Error("CANCELLED", "interrupted");
}

/** Looks at `stop` now and then, where looking each time would cost more than the work. */
class Patience {
 public:
  explicit Patience(const std::atomic<bool>& stop) : stop_(stop) {}

  /** Before a small step. Throws `Error` CANCELLED. */
  void step() {
    if (++steps_ % 4096 == 0) throw_if_stopped(stop_);
  }

 private:
  const std::atomic<bool>& stop_;
  unsigned steps_ = 0;
};

}  // namespace ryot
