#include "sampler.h"

#include <algorithm>
#include <cstddef>
#include <cmath>
#include <unordered_set>

namespace ryot {

int Sampler::next(float* logits, int vocabulary) {
  if (sampling_.repetition_penalty != 1) {
    const size_t window = std::min(recent_.size(), static_cast<size_t>(std::max(0, sampling_.penalty_window)));
    const std::unordered_set<int> recent(recent_.end() - static_cast<std::ptrdiff_t>(window), recent_.end());
    for (const int token : recent) {
      float& logit = logits[token];
      logit = logit > 0 ? logit / sampling_.repetition_penalty : logit * sampling_.repetition_penalty;
    }
  }
  // Of equals the first is taken, and what is not a number is never the largest.
  int best = 0;
  for (int i = 1; i < vocabulary; i++) {
    if (logits[i] > logits[best] || std::isnan(logits[best])) best = i;
  }
  if (!(sampling_.temperature > 0)) return best;

  const float largest = logits[best];
  candidates_.clear();
  for (int i = 0; i < vocabulary; i++) {
    const float weight = std::exp((logits[i] - largest) / sampling_.temperature);
    if (weight >= sampling_.min_p && weight > 0) candidates_.emplace_back(weight, i);
  }
  const auto more_likely = [](const auto& a, const auto& b) { return a.first > b.first || (a.first == b.first && a.second < b.second); };
  const size_t kept = sampling_.top_k > 0 ? std::min(candidates_.size(), static_cast<size_t>(sampling_.top_k)) : candidates_.size();
  std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(kept), candidates_.end(), more_likely);
  candidates_.resize(kept);
  double total = 0;
  for (const auto& candidate : candidates_) total += candidate.first;
  double share = 0;
  size_t end = 0;
  while (end < candidates_.size() && share < sampling_.top_p * total) share += candidates_[end++].first;
  if (end == 0) return best;
  // The upper 53 bits, as std::uniform_real_distribution is not the same everywhere.
  double point = static_cast<double>(random_() >> 11) / 9007199254740992.0 * share;
  for (size_t i = 0; i < end; i++) {
    point -= candidates_[i].first;
    if (point < 0) return candidates_[i].second;
  }
  return candidates_[end - 1].second;
}

}  // namespace ryot
