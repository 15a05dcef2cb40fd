#include "weights/coded_activations.h"

#include "common/vector_math.h"

namespace ryot {
namespace {

/** A block of zeros stays one. */
constexpr float kLeastMagnitude = 1e-30f;

__m512i rounded(__m512 values, __m512 factor) {
  const __m512 scaled = _mm512_mul_ps(values, factor);
  return _mm512_maskz_cvtps_epi32(_mm512_cmp_ps_mask(scaled, scaled, _CMP_ORD_Q), scaled);
}

__m512 larger(__m512 most, __m512 values) {
  const __m512 size = _mm512_abs_ps(values);
  return _mm512_mask_mov_ps(most, _mm512_cmp_ps_mask(size, most, _CMP_GT_OQ), size);
}

}  // namespace

CodedActivations make_coded_activations(int tokens, int columns) {
  CodedActivations made;
  made.tokens = tokens;
  made.columns = columns;
  const size_t blocks = static_cast<size_t>(tokens) * made.blocks();
  made.words = Buffer<int32_t>(blocks * kCodedWords);
  made.scales = Buffer<float>(blocks);
  made.sums = Buffer<float>(blocks * 2);
  return made;
}

void quantise(const float* values, int tokens, size_t stride, CodedActivations& into, Threads& threads) {
  into.tokens = tokens;
  threads.run(tokens, [&](int token) {
    const int group = token / kTileTokens;
    const auto step = static_cast<size_t>(into.group_tokens(group));
    const size_t before = into.blocks_before(group);
    const size_t in_group = static_cast<size_t>(token % kTileTokens);
    int32_t* words = into.words.data() + before * kCodedWords + in_group;
    float* scales = into.scales.data() + before + in_group;
    float* sums = into.sums.data() + before * 2 + in_group;
    const float* row = values + token * stride;
    for (int at = 0; at < into.columns; at += kCodedColumns) {
      const int left = into.columns - at;
      const __m512 halves[2] = {_mm512_maskz_loadu_ps(lanes_of(left), row + at), _mm512_maskz_loadu_ps(lanes_of(left - kLanes), row + at + kLanes)};
      const float largest = _mm512_reduce_max_ps(larger(larger(_mm512_set1_ps(kLeastMagnitude), halves[0]), halves[1]));
      const __m512 factor = _mm512_set1_ps(127 / largest);
      *scales = largest / 127;
      for (const __m512& half : halves) {
        const __m512i integers = rounded(half, factor);
        *sums = static_cast<float>(_mm512_reduce_add_epi32(integers)) * *scales;
        sums += step;
        alignas(16) int32_t packed[4];
        _mm_store_si128(reinterpret_cast<__m128i*>(packed), _mm512_cvtepi32_epi8(integers));
        for (const int32_t word : packed) {
          *words = word;
          words += step;
        }
      }
      scales += step;
    }
  });
}

}  // namespace ryot
