#include "threads/contention.h"

#include <time.h>

#include <algorithm>

namespace ryot {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/** The share of the time that may be lost: less is timers, interrupts and, in a virtual machine, what its host takes now and then. */
constexpr int kTolerated = 8;
/** Lost beyond that share: about a slice that the system gives another program. */
constexpr auto kTooMuch = std::chrono::microseconds(1500);
constexpr auto kFirstPause = milliseconds(20);
constexpr auto kLongestPause = milliseconds(2000);
/** Undisturbed for so long, it counts as a new disturbance. */
constexpr auto kCalm = milliseconds(200);

nanoseconds used_by_this_thread() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

}  // namespace

void Contention::begin() {
  wall_ = Clock::now();
  used_ = used_by_this_thread();
}

void Contention::look() {
  const auto wall = wall_;
  const auto used = used_;
  begin();
  if (alone_) {
    if (wall_ < until_) return;
    alone_ = false;
    calm_ = nanoseconds(0);
    debt_ = nanoseconds(0);
    return;
  }
  const nanoseconds passed = wall_ - wall;
  debt_ = std::max(nanoseconds(0), debt_ + passed - (used_ - used) - passed / kTolerated);
  if (debt_ < kTooMuch) {
    calm_ += passed;
    if (calm_ > kCalm) pause_ = milliseconds(0);
    return;
  }
  alone_ = true;
  pause_ = std::clamp(2 * pause_, kFirstPause, kLongestPause);
  until_ = wall_ + pause_;
}

}  // namespace ryot
