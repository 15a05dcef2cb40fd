#include "model/rope.h"

#include <algorithm>
#include <cmath>

namespace ryot {
namespace {

constexpr double kPi = 3.14159265358979323846;

/** The pair whose wave turns `turns` times in the original context. */
double pair_that_turns(const RopeRule& rule, double turns) {
  return rule.dimensions * std::log(rule.original_context / (turns * 2 * kPi)) / (2 * std::log(rule.base));
}

/** 1 for the quick waves that are kept, 0 for the slow ones that are stretched. */
double kept_share(const RopeRule& rule, int pair) {
  const double low = std::max(0.0, std::floor(pair_that_turns(rule, rule.beta_fast)));
  const double high = std::min(rule.dimensions - 1.0, std::ceil(pair_that_turns(rule, rule.beta_slow)));
  return 1 - std::clamp((pair - low) / std::max(0.001, high - low), 0.0, 1.0);
}

}  // namespace

Rope::Rope(const RopeRule& rule, int most_positions)
    : halves_(rule.halves),
      pairs_(rule.dimensions / 2),
      magnitude_(rule.magnitude),
      cosines_(static_cast<size_t>(most_positions) * pairs_),
      sines_(static_cast<size_t>(most_positions) * pairs_) {
  // Powers by repeated multiplication in 32 bits, as the engines do that models are tried on: late waves differ from exact ones in the sixth digit.
  const float step = std::pow(rule.base, -2.0f / static_cast<float>(rule.dimensions));
  float power = 1;
  for (int i = 0; i < pairs_; i++, power *= step) {
    const double kept = rule.yarn ? kept_share(rule, i) : 0;
    const double factor = rule.factors.empty() ? 1 : rule.factors[i];
    frequencies_.push_back(static_cast<float>(power / factor * (rule.scale * (1 - kept) + kept)));
  }
  if (rule.yarn) magnitude_ *= static_cast<float>(1 + 0.1 * std::log(1 / rule.scale));
}

void Rope::prepare(int first_position, int count, Threads& threads) {
  threads.run(count, [&](int index) {
    for (int i = 0; i < pairs_; i++) {
      const float angle = static_cast<float>(first_position + index) * frequencies_[i];
      cosines_[static_cast<size_t>(index) * pairs_ + i] = std::cos(angle) * magnitude_;
      sines_[static_cast<size_t>(index) * pairs_ + i] = std::sin(angle) * magnitude_;
    }
  });
}

void Rope::turn(float* head, int index) const {
  const float* cosines = cosines_.data() + static_cast<size_t>(index) * pairs_;
  const float* sines = sines_.data() + static_cast<size_t>(index) * pairs_;
  const int second = halves_ ? pairs_ : 1;
  const int step = halves_ ? 1 : 2;
  for (int i = 0; i < pairs_; i++, head += step) {
    const float a = head[0];
    const float b = head[second];
    head[0] = a * cosines[i] - b * sines[i];
    head[second] = a * sines[i] + b * cosines[i];
  }
}

}  // namespace ryot
