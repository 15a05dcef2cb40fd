#pragma once

#include <string>

#include "weights/activations.h"

namespace ryot {

/** How fast something went: work per second is for the caller to divide. */
struct Measured {
  double seconds = 0;
  double bytes = 0;
  double multiplications = 0;
};

struct KernelTest {
  std::string kernel;
  int rows = 0;
  int columns = 0;
  int tokens = 0;
  int threads = 1;
  /** So many different matrices in turn: enough of them do not fit in any cache. */
  int matrices = 1;
  int seed = 1;
};

/** Times one pass over all matrices. Throws `Error` USAGE for a kernel that is not there. */
Measured measure_kernel(const KernelTest& test);

/** Reads `bytes` of memory once with so many threads. */
Measured measure_reading(double bytes, int threads);

/** Processor time that this thread has used so far. */
double thread_seconds();

/** Multiplies bytes that are in registers with so many threads: the most that a kernel can reach. */
Measured measure_multiplying(int threads);

}  // namespace ryot
