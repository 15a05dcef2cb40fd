#pragma once

#include <atomic>

#include "common/patience.h"
#include "threads/threads.h"

namespace ryot {

/** The threads that pack a model, as long as somebody waits for it. */
struct Loading {
  Threads& threads;
  const std::atomic<bool>& stop;

  /** As `Threads::run`; throws `Error` CANCELLED, with chunks left out, once `stop` is set. */
  template <typename Body>
  void run(int chunks, const Body& body) const {
    threads.run(chunks, [&](int chunk) {
      if (!stop.load(std::memory_order_relaxed)) body(chunk);
    });
    throw_if_stopped(stop);
  }
};

}  // namespace ryot
