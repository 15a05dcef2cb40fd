#include "contention.h"

#include <time.h>

#include <algorithm>

namespace ryot {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/** Less is a timer or an interrupt; a slice that the system gives another program is longer. */
constexpr auto kNoticed = std::chrono::microseconds(700);
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
    return;
  }
  if (wall_ - wall - (used_ - used) < kNoticed) {
    calm_ += wall_ - wall;
    if (calm_ > kCalm) pause_ = milliseconds(0);
    return;
  }
  alone_ = true;
  pause_ = std::clamp(2 * pause_, kFirstPause, kLongestPause);
  until_ = wall_ + pause_;
}

}  // namespace ryot
