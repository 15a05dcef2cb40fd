#include "sampler.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <unordered_map>

namespace ryot {

void Sampler::penalise(float* logits) const {
  if (sampling_.repetition_penalty == 1 && sampling_.frequency_penalty == 0 && sampling_.presence_penalty == 0) return;
  const size_t window = std::min(recent_.size(), static_cast<size_t>(std::max(0, sampling_.penalty_window)));
  std::unordered_map<int, int> counts;
  for (size_t i = recent_.size() - window; i < recent_.size(); i++) counts[recent_[i]]++;
  for (const auto& [token, count] : counts) {
    float& logit = logits[token];
    logit = logit > 0 ? logit / sampling_.repetition_penalty : logit * sampling_.repetition_penalty;
    logit -= static_cast<float>(count) * sampling_.frequency_penalty + sampling_.presence_penalty;
  }
}

/** Puts the candidates that count in front, the most likely first where that matters, and returns how many they are. */
size_t Sampler::nucleus() {
  const auto more_likely = [](const auto& a, const auto& b) { return a.first > b.first || (a.first == b.first && a.second < b.second); };
  const auto at = [&](size_t index) { return candidates_.begin() + static_cast<std::ptrdiff_t>(index); };
  if (sampling_.top_k > 0 && static_cast<size_t>(sampling_.top_k) < candidates_.size()) {
    std::partial_sort(candidates_.begin(), at(static_cast<size_t>(sampling_.top_k)), candidates_.end(), more_likely);
    candidates_.resize(static_cast<size_t>(sampling_.top_k));
  }
  if (sampling_.top_p >= 1) return candidates_.size();
  double total = 0;
  for (const auto& candidate : candidates_) total += candidate.first;
  // A few tokens have most of the weight: only as many are put in order as are needed.
  double share = 0;
  size_t end = 0;
  for (size_t sorted = 0; end < candidates_.size() && share < sampling_.top_p * total; share += candidates_[end++].first) {
    if (end < sorted) continue;
    const size_t until = std::min(candidates_.size(), std::max<size_t>(64, sorted * 4));
    std::partial_sort(at(sorted), at(until), candidates_.end(), more_likely);
    sorted = until;
  }
  return std::max<size_t>(end, 1);
}

int Sampler::next(float* logits, int vocabulary) {
  penalise(logits);
  // Of equals the first is taken, and what is not a number is never the largest.
  int best = 0;
  for (int i = 1; i < vocabulary; i++) {
    if (logits[i] > logits[best] || std::isnan(logits[best])) best = i;
  }
  if (!(sampling_.temperature > 0) || !std::isfinite(logits[best])) return best;

  const float largest = logits[best];
  candidates_.clear();
  for (int i = 0; i < vocabulary; i++) {
    const float weight = std::exp((logits[i] - largest) / sampling_.temperature);
    if (weight >= sampling_.min_p && weight > 0) candidates_.emplace_back(weight, i);
  }
  const size_t end = nucleus();
  double share = 0;
  for (size_t i = 0; i < end; i++) share += candidates_[i].first;
  // The upper 53 bits, as std::uniform_real_distribution is not the same everywhere.
  double point = static_cast<double>(random_() >> 11) / 9007199254740992.0 * share;
  for (size_t i = 0; i < end; i++) {
    point -= candidates_[i].first;
    if (point < 0) return candidates_[i].second;
  }
  return candidates_[end - 1].second;
}

}  // namespace ryot
