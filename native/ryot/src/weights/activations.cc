#include "weights/activations.h"

#include <cmath>

#include "common/vector_math.h"

namespace ryot {
namespace {

/** A vector of zeros stays one. */
constexpr float kLeastMagnitude = 1e-10f;

/** Where a token's first word goes; its next one is `group_tokens` further. */
int32_t* words_of(Activations& into, int token) {
  return into.words.data() + static_cast<size_t>(token / kTileTokens) * kTileTokens * into.words_per_token() + token % kTileTokens;
}

float largest_of(const float* values, int count) {
  __m512 most = _mm512_set1_ps(kLeastMagnitude);
  for (int i = 0; i < count; i += 16) {
    const __m512 size = _mm512_abs_ps(_mm512_maskz_loadu_ps(lanes_of(count - i), values + i));
    most = _mm512_mask_mov_ps(most, _mm512_cmp_ps_mask(size, most, _CMP_GT_OQ), size);
  }
  return _mm512_reduce_max_ps(most);
}

/** Rounds up to one block of values into words that stand `step` apart; returns the sum of the integers. */
int32_t round_block(const float* values, int count, float inverse, int32_t* target, int step) {
  const __m512 factor = _mm512_set1_ps(inverse);
  __m512i sum = _mm512_setzero_si512();
  for (int i = 0; i < count; i += 16, target += 4 * static_cast<size_t>(step)) {
    const __m512 scaled = _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes_of(count - i), values + i), factor);
    const __m512i rounded = _mm512_maskz_cvtps_epi32(_mm512_cmp_ps_mask(scaled, scaled, _CMP_ORD_Q), scaled);
    sum = _mm512_add_epi32(sum, rounded);
    alignas(16) int32_t words[4];
    _mm_store_si128(reinterpret_cast<__m128i*>(words), _mm512_cvtepi32_epi8(rounded));
    for (int word = 0; word < 4; word++) target[static_cast<size_t>(word) * step] = words[word];
  }
  return _mm512_reduce_add_epi32(sum);
}

}  // namespace

Activations make_activations(int tokens, int columns, Scaling scaling) {
  Activations made;
  made.tokens = tokens;
  made.columns = columns;
  made.scaling = scaling;
  const size_t blocks = static_cast<size_t>(tokens) * made.blocks();
  made.words = Buffer<int32_t>(static_cast<size_t>(tokens) * made.words_per_token());
  made.scales = Buffer<float>(blocks);
  made.sums = Buffer<int32_t>(blocks);
  made.totals = Buffer<int32_t>(tokens);
  return made;
}

void quantise_scalar(const float* values, int tokens, size_t stride, Activations& into) {
  into.tokens = tokens;
  const int blocks = into.blocks();
  for (int token = 0; token < tokens; token++) {
    const float* row = values + token * stride;
    const int step = into.group_tokens(token / kTileTokens);
    int32_t* target = words_of(into, token);
    into.totals[token] = 0;
    for (int block = 0; block < blocks; block++) {
      const int begin = block * kBlockColumns;
      const int end = begin + kBlockColumns < into.columns ? begin + kBlockColumns : into.columns;
      float largest = kLeastMagnitude;
      for (int i = into.scaling == Scaling::Token ? 0 : begin; i < (into.scaling == Scaling::Token ? into.columns : end); i++) {
        if (std::fabs(row[i]) > largest) largest = std::fabs(row[i]);
      }
      const int at = token * blocks + block;
      into.scales[at] = largest / 127;
      into.sums[at] = 0;
      const float inverse = 127 / largest;
      for (int first = begin; first < end || first % kStepColumns != 0; first += 4) {
        uint32_t packed = 0;
        for (int j = 0; j < 4; j++) {
          const float scaled = first + j < end ? row[first + j] * inverse : 0;
          const int32_t rounded = std::isnan(scaled) ? 0 : static_cast<int32_t>(std::nearbyint(scaled));
          into.sums[at] += rounded;
          packed |= static_cast<uint32_t>(static_cast<uint8_t>(rounded)) << (8 * j);
        }
        target[static_cast<size_t>(first / 4) * step] = static_cast<int32_t>(packed);
      }
      into.totals[token] += into.sums[at];
    }
  }
}

void quantise(const float* values, int tokens, size_t stride, Activations& into, Threads& threads) {
  into.tokens = tokens;
  const int columns = into.columns;
  const int blocks = into.blocks();
  threads.run(tokens, [&](int token) {
    const float* row = values + token * stride;
    const int step = into.group_tokens(token / kTileTokens);
    int32_t* target = words_of(into, token);
    float largest = into.scaling == Scaling::Token ? largest_of(row, columns) : 0;
    int32_t total = 0;
    for (int block = 0; block < blocks; block++, row += kBlockColumns, target += kBlockColumns / 4 * static_cast<size_t>(step)) {
      const int left = columns - block * kBlockColumns;
      const int count = left < kBlockColumns ? left : kBlockColumns;
      if (into.scaling == Scaling::Block) largest = largest_of(row, count);
      const int32_t sum = round_block(row, count, 127 / largest, target, step);
      into.scales[static_cast<size_t>(token) * blocks + block] = largest / 127;
      into.sums[static_cast<size_t>(token) * blocks + block] = sum;
      total += sum;
    }
    into.totals[token] = total;
  });
}

}  // namespace ryot
