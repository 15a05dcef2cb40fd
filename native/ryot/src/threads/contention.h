#pragma once

#include <chrono>

namespace ryot {

/**
 * Notices that other programs take this thread's core away, as they do where there are more busy threads than cores: then the thread that all others
 * wait for loses more than a second one adds, and it is better off alone for a while. How long doubles each time that trying again fails.
 */
class Contention {
 public:
  /** The thread comes back from waiting for something to do. */
  void begin();
  /** Looks at what was lost since the last look. A system call: once a layer, not once a loop. */
  void look();
  bool alone() const { return alone_; }

 private:
  using Clock = std::chrono::steady_clock;

  Clock::time_point wall_;
  std::chrono::nanoseconds used_{0};
  bool alone_ = false;
  /** Time lost beyond what is tolerated. */
  std::chrono::nanoseconds debt_{0};
  /** While it is alone: when it tries again. */
  Clock::time_point until_;
  /** How long it has worked undisturbed with the others. */
  std::chrono::nanoseconds calm_{0};
  std::chrono::milliseconds pause_{0};
};

}  // namespace ryot
