#pragma once

#include <string>

#include "weights/activations.h"

namespace ryot {

/** One step of the decoder on random values of a size. */
struct Check {
  /** `ternary`, `coded`, `head`, `attention`, `norm`, `silu`, `relu2` or `rope`. */
  std::string step;
  /** Of `ternary`: the kernel's name. */
  std::string kernel;
  /** Of `coded` and `head`: the tensor's type; of `attention`: `f16` or `int8`; of `rope`: `halves` or `neighbours`. */
  std::string type;
  int rows = 1;
  int columns = 1;
  int tokens = 1;
  int threads = 1;
  int seed = 1;
  /** Values that are as large, as small or as little of a number as they can be, rather than ordinary ones. */
  bool extreme = false;
  /** Of `ternary`: all codes and all activations are the largest there are, so that sums are, too. */
  bool largest = false;
  Scaling scaling = Scaling::Token;
  /** A scale for each 256 columns of ternary weights. */
  bool block_scales = false;
};

/** How a step's results differ from the definition of right. */
struct Checked {
  int results = 0;
  int differing = 0;
  /** The largest difference, as a share of the largest result. */
  double largest_error = 0;
};

/** Compares a step with the reference. Throws `Error` USAGE for one that is not there. */
Checked check(const Check& wanted);

}  // namespace ryot
