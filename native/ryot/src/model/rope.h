#pragma once

#include <vector>

#include "common/buffer.h"
#include "threads/threads.h"

namespace ryot {

/** What a model says of its rotary position embedding (Su et al. 2021, arXiv 2104.09864). */
struct RopeRule {
  int dimensions = 0;
  float base = 10000;
  /** Pairs are halves of a head (NEOX), or neighbours. */
  bool halves = false;
  /** Positions are multiplied by this: 1 / the factor of linear or YaRN scaling. */
  float scale = 1;
  /** YaRN (Peng et al. 2023, arXiv 2309.00071): frequencies between these turns a context go from stretched to kept. */
  bool yarn = false;
  float original_context = 0;
  float beta_fast = 32;
  float beta_slow = 1;
  float magnitude = 1;
  /** Llama 3 divides each frequency by a factor of its own; empty where there is none. */
  std::vector<float> factors;
};

/** Sines and cosines of some positions in a row, worked out once for all heads and layers. */
class Rope {
 public:
  Rope(const RopeRule& rule, int most_positions);

  void prepare(int first_position, int count, Threads& threads);
  /** Turns one head's vector, of the position that is `index` further than the first one. */
  void turn(float* head, int index) const;

 private:
  bool halves_;
  int pairs_;
  float magnitude_;
  std::vector<float> frequencies_;
  Buffer<float> cosines_, sines_;
};

}  // namespace ryot
