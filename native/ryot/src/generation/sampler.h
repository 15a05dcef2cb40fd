#pragma once

#include <cstddef>
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
  /** Throws `Error` USAGE for settings that leave nothing to choose from. */
  explicit Sampler(const Sampling& sampling);

  /** Counts a token for the penalties. */
  void seen(int token) { recent_.push_back(token); }
  void penalise(float* logits) const;
  /** The next token. One whose logit is -infinity is taken only where all are, one whose logit is no number never: 0 where all are such. */
  int choose(const float* logits, int vocabulary);

 private:
  struct Candidate {
    float weight;
    int token;
  };

  /** The largest logit; `peaks_` are those of blocks of tokens. */
  float find_peaks(const float* logits, int vocabulary);
  /** A logit that at least `count` tokens reach: where so many blocks have a peak above it. */
  float reached_by(size_t count);
  void find_candidates(const float* logits, int vocabulary, float largest);
  void keep_likeliest(size_t count);
  void keep_share(double share);
  void keep_down_to(const Candidate& last);
  int draw();

  Sampling sampling_;
  std::mt19937_64 random_;
  std::vector<int> recent_;
  std::vector<float> peaks_;
  std::vector<float> ordered_peaks_;
  /** In the order of tokens. */
  std::vector<Candidate> candidates_;
  std::vector<Candidate> ordered_;
};

}  // namespace ryot
