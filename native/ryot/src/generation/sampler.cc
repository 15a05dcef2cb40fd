#include "generation/sampler.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <unordered_map>

#include "common/error.h"
#include "common/vector_math.h"

namespace ryot {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr int kBlock = 4 * kLanes;

template <typename Candidate>
bool is_likelier(const Candidate& a, const Candidate& b) {
  return a.weight > b.weight || (a.weight == b.weight && a.token < b.token);
}

void check(const char* name, bool sound) {
  if (!sound) throw Error("USAGE", std::string(name) + " is out of range");
}

}  // namespace

Sampler::Sampler(const Sampling& sampling) : sampling_(sampling), random_(sampling.seed) {
  check("temperature", std::isfinite(sampling.temperature) && sampling.temperature >= 0);
  check("topK", sampling.top_k >= 0);
  check("topP", sampling.top_p >= 0 && sampling.top_p <= 1);
  check("minP", sampling.min_p >= 0 && sampling.min_p <= 1);
  check("repetitionPenalty", std::isfinite(sampling.repetition_penalty) && sampling.repetition_penalty > 0);
  check("frequencyPenalty", std::isfinite(sampling.frequency_penalty));
  check("presencePenalty", std::isfinite(sampling.presence_penalty));
  check("penaltyWindow", sampling.penalty_window >= 0);
}

void Sampler::penalise(float* logits) const {
  if (sampling_.repetition_penalty == 1 && sampling_.frequency_penalty == 0 && sampling_.presence_penalty == 0) return;
  const size_t window = std::min(recent_.size(), static_cast<size_t>(sampling_.penalty_window));
  std::unordered_map<int, int> counts;
  for (size_t i = recent_.size() - window; i < recent_.size(); i++) counts[recent_[i]]++;
  for (const auto& [token, count] : counts) {
    float& logit = logits[token];
    logit = logit > 0 ? logit / sampling_.repetition_penalty : logit * sampling_.repetition_penalty;
    logit -= static_cast<float>(count) * sampling_.frequency_penalty + sampling_.presence_penalty;
  }
}

int Sampler::choose(const float* logits, int vocabulary) {
  const float largest = find_peaks(logits, vocabulary);
  if (sampling_.temperature == 0 || !std::isfinite(largest)) {
    // Of equals the first is taken.
    const float* found = std::find(logits, logits + vocabulary, largest);
    return found == logits + vocabulary ? 0 : static_cast<int>(found - logits);
  }
  find_candidates(logits, vocabulary, largest);
  if (sampling_.top_k > 0) keep_likeliest(static_cast<size_t>(sampling_.top_k));
  if (sampling_.top_p < 1) keep_share(static_cast<double>(sampling_.top_p));
  return draw();
}

float Sampler::find_peaks(const float* logits, int vocabulary) {
  peaks_.clear();
  for (int begin = 0; begin < vocabulary; begin += kBlock) {
    __m512 peak = _mm512_set1_ps(kNever);
    for (int i = begin; i < std::min(begin + kBlock, vocabulary); i += kLanes) {
      // The maximum with what is not a number is its second operand.
      peak = _mm512_mask_max_ps(peak, lanes_of(vocabulary - i), _mm512_maskz_loadu_ps(lanes_of(vocabulary - i), logits + i), peak);
    }
    peaks_.push_back(_mm512_reduce_max_ps(peak));
  }
  return *std::max_element(peaks_.begin(), peaks_.end());
}

float Sampler::reached_by(size_t count) {
  if (count == 0 || count > peaks_.size()) return kNever;
  ordered_peaks_ = peaks_;
  const auto last = ordered_peaks_.begin() + static_cast<std::ptrdiff_t>(count) - 1;
  std::nth_element(ordered_peaks_.begin(), last, ordered_peaks_.end(), std::greater<>());
  return *last;
}

void Sampler::find_candidates(const float* logits, int vocabulary, float largest) {
  const __m512 least_logit = _mm512_set1_ps(reached_by(static_cast<size_t>(sampling_.top_k)));
  const __m512 least_weight = _mm512_set1_ps(std::max(sampling_.min_p, std::numeric_limits<float>::min()));
  candidates_.clear();
  for (int i = 0; i < vocabulary; i += kLanes) {
    if (peaks_[static_cast<size_t>(i / kBlock)] < _mm512_cvtss_f32(least_logit)) continue;
    const __mmask16 lanes = lanes_of(vocabulary - i);
    const __m512 logit = _mm512_maskz_loadu_ps(lanes, logits + i);
    const __m512 weight = exp_of(_mm512_div_ps(_mm512_sub_ps(logit, _mm512_set1_ps(largest)), _mm512_set1_ps(sampling_.temperature)));
    // What is not a number is not at least anything.
    __mmask16 left = _mm512_mask_cmp_ps_mask(lanes, logit, least_logit, _CMP_GE_OQ);
    left = _mm512_mask_cmp_ps_mask(left, weight, least_weight, _CMP_GE_OQ);
    alignas(64) float weights[kLanes];
    _mm512_store_ps(weights, weight);
    for (unsigned rest = left; rest != 0; rest &= rest - 1) {
      const int lane = __builtin_ctz(rest);
      candidates_.push_back({weights[lane], i + lane});
    }
  }
}

void Sampler::keep_likeliest(size_t count) {
  if (count >= candidates_.size()) return;
  ordered_ = candidates_;
  const auto last = ordered_.begin() + static_cast<std::ptrdiff_t>(count) - 1;
  std::nth_element(ordered_.begin(), last, ordered_.end(), is_likelier<Candidate>);
  keep_down_to(*last);
}

/** Halves what is left to search, as a search for the nth element does, so that nothing need be put in order. */
void Sampler::keep_share(double share) {
  const auto weight_of = [](auto from, auto to) {
    double sum = 0;
    for (; from != to; ++from) sum += static_cast<double>(from->weight);
    return sum;
  };
  ordered_ = candidates_;
  double wanted = share * weight_of(ordered_.begin(), ordered_.end());
  auto from = ordered_.begin();
  auto to = ordered_.end();
  while (to - from > 1) {
    const auto middle = from + (to - from) / 2;
    std::nth_element(from, middle, to, is_likelier<Candidate>);
    const double upper = weight_of(from, middle);
    if (upper >= wanted) {
      to = middle;
    } else {
      wanted -= upper;
      from = middle;
    }
  }
  keep_down_to(*from);
}

void Sampler::keep_down_to(const Candidate& last) {
  const auto is_out = [last](const Candidate& candidate) { return is_likelier(last, candidate); };
  candidates_.erase(std::remove_if(candidates_.begin(), candidates_.end(), is_out), candidates_.end());
}

int Sampler::draw() {
  double total = 0;
  for (const Candidate& candidate : candidates_) total += static_cast<double>(candidate.weight);
  // The upper 53 bits, as std::uniform_real_distribution is not the same everywhere.
  double point = static_cast<double>(random_() >> 11) / 9007199254740992.0 * total;
  for (const Candidate& candidate : candidates_) {
    point -= static_cast<double>(candidate.weight);
    if (point < 0) return candidate.token;
  }
  return candidates_.back().token;
}

}  // namespace ryot
