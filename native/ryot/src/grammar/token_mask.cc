#include "grammar/token_mask.h"

#include <limits>

#include "common/vector_math.h"

namespace ryot {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr float kLowest = std::numeric_limits<float>::lowest();

}  // namespace

void TokenMask::restrict(float* logits, int count) const {
  for (int i = 0; i < count; i += kLanes) {
    const auto word = static_cast<size_t>(i) / 64;
    const uint64_t bits = word < bits_.size() ? bits_[word] >> (i % 64) : 0;
    const __mmask16 lanes = lanes_of(count - i);
    // The maximum with what is not a number is its second operand.
    const __m512 lifted = _mm512_max_ps(_mm512_maskz_loadu_ps(lanes, logits + i), _mm512_set1_ps(kLowest));
    _mm512_mask_storeu_ps(logits + i, lanes, _mm512_mask_mov_ps(_mm512_set1_ps(kNever), static_cast<__mmask16>(bits), lifted));
  }
}

float finite_logit(float logit) { return logit > kLowest ? logit : kLowest; }

}  // namespace ryot
