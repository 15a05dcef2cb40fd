#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace ryot {

/** How the next token is chosen. Temperature 0 takes the most likely one and needs no other setting but the penalties. */
struct Sampling {
  float temperature = 0;
  /** Only among this many most likely tokens; 0 for all. */
  int top_k = 0;
  /** Only among the most likely tokens that together have this share (Holtzman et al. 2020, arXiv 1904.09751). */
  float top_p = 1;
  /** Only among tokens at least this likely, as a share of the most likely one (arXiv 2407.01082). */
  float min_p = 0;
  /** Logits of tokens of the last `penalty_window` are divided by this, or multiplied where below 0 (arXiv 1909.05858). */
  float repetition_penalty = 1;
  /** Taken off the logit of a token once for each time it stands in the window. */
  float frequency_penalty = 0;
  /** Taken off the logit of a token that stands in the window. */
  float presence_penalty = 0;
  /** How many of the last tokens the penalties look at, those that were read among them. */
  int penalty_window = 64;
  uint64_t seed = 0;
};

/** The same seed and logits give the same tokens, on every machine and with any number of threads. */
class Sampler {
 public:
  explicit Sampler(const Sampling& sampling) : sampling_(sampling), random_(sampling.seed) {}

  /** The next token. `logits` are changed; a token whose logit is -infinity is taken only where all are. */
  int next(float* logits, int vocabulary);
  /** Counts a token for the penalties. */
  void seen(int token) { recent_.push_back(token); }

 private:
  void penalise(float* logits) const;
  size_t nucleus();

  Sampling sampling_;
  std::mt19937_64 random_;
  std::vector<int> recent_;
  std::vector<std::pair<float, int>> candidates_;
};

}  // namespace ryot
