#pragma once

#include <atomic>

#include "common/error.h"

namespace ryot {

/** Looks at `stop` now and then, where looking each time would cost more than the work. */
class Patience {
 public:
  explicit Patience(const std::atomic<bool>& stop) : stop_(stop) {}

  /** Before a small step. Throws `Error` CANCELLED. */
  void step() {
    if (++steps_ % 4096 == 0 && stop_) throw Error("CANCELLED", "interrupted");
  }

 private:
  const std::atomic<bool>& stop_;
  unsigned steps_ = 0;
};

}  // namespace ryot
