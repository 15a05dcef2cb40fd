#include "model/elementwise.h"

#include <cmath>

#include "common/vector_math.h"

namespace ryot {
namespace {

template <typename Activation>
void apply_gate(float* gate, const float* up, int count, const Activation& activation) {
  for (int i = 0; i < count; i += kLanes) {
    const __mmask16 lanes = lanes_of(count - i);
    const __m512 value = activation(_mm512_maskz_loadu_ps(lanes, gate + i));
    _mm512_mask_storeu_ps(gate + i, lanes, _mm512_mul_ps(value, _mm512_maskz_loadu_ps(lanes, up + i)));
  }
}

}  // namespace

void rms_norm(const float* values, const std::vector<float>& weights, float epsilon, float* into) {
  const int size = static_cast<int>(weights.size());
  // In 64 bits: a sum's last bits decide how quantisers behind it round.
  __m512d squares = _mm512_setzero_pd();
  for (int i = 0; i < size; i += kLanes) {
    const __m512 value = _mm512_maskz_loadu_ps(lanes_of(size - i), values + i);
    const __m512 square = _mm512_mul_ps(value, value);
    squares = _mm512_add_pd(squares, _mm512_cvtps_pd(_mm512_castps512_ps256(square)));
    squares = _mm512_add_pd(squares, _mm512_cvtps_pd(_mm512_extractf32x8_ps(square, 1)));
  }
  const auto mean = static_cast<float>(_mm512_reduce_add_pd(squares) / size);
  const __m512 scale = _mm512_set1_ps(1 / std::sqrt(mean + epsilon));
  for (int i = 0; i < size; i += kLanes) {
    const __mmask16 lanes = lanes_of(size - i);
    const __m512 value = _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, values + i), scale);
    _mm512_mask_storeu_ps(into + i, lanes, _mm512_mul_ps(value, _mm512_maskz_loadu_ps(lanes, weights.data() + i)));
  }
}

void add(const float* values, int count, float* into) {
  for (int i = 0; i < count; i += kLanes) {
    const __mmask16 lanes = lanes_of(count - i);
    const __m512 sum = _mm512_add_ps(_mm512_maskz_loadu_ps(lanes, values + i), _mm512_maskz_loadu_ps(lanes, into + i));
    _mm512_mask_storeu_ps(into + i, lanes, sum);
  }
}

void gate_silu(float* gate, const float* up, int count) {
  apply_gate(gate, up, count, [](__m512 x) {
    return _mm512_div_ps(x, _mm512_add_ps(_mm512_set1_ps(1), exp_of(_mm512_sub_ps(_mm512_setzero_ps(), x))));
  });
}

void gate_squared_relu(float* gate, const float* up, int count) {
  apply_gate(gate, up, count, [](__m512 x) {
    const __m512 positive = _mm512_max_ps(x, _mm512_setzero_ps());
    return _mm512_mul_ps(positive, positive);
  });
}

}  // namespace ryot
