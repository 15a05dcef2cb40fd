#include "ternary.h"

#include <immintrin.h>

#include <cmath>
#include <cstring>

namespace ryot {
namespace {

/** All four planes hold code 1. */
constexpr uint8_t kZeroWeights = 0x55;

struct Place {
  size_t byte;
  int shift;
};

Place place_of(const TernaryMatrix& matrix, int row, int column) {
  const int in_panel = row % kPanelRows;
  const int in_step = column % kStepColumns;
  const size_t step = static_cast<size_t>(row / kPanelRows) * matrix.steps() + column / kStepColumns;
  return {step * kStepBytes + static_cast<size_t>(in_panel) * 4 + in_step % 4, in_step / 4 * 2};
}

}  // namespace

TernaryMatrix make_ternary(int rows, int columns, bool row_scales) {
  TernaryMatrix matrix;
  matrix.rows = rows;
  matrix.columns = columns;
  matrix.scales = Buffer<float>(row_scales ? rows : 1);
  for (size_t i = 0; i < matrix.scales.size(); i++) matrix.scales[i] = 1;
  matrix.packed = Buffer<uint8_t>(static_cast<size_t>(matrix.panels()) * matrix.steps() * kStepBytes);
  std::memset(matrix.packed.data(), kZeroWeights, matrix.packed.size());
  return matrix;
}

void pack_row(TernaryMatrix& matrix, int row, const uint8_t* codes) {
  const int whole = matrix.columns / kStepColumns;
  const size_t first = place_of(matrix, row, 0).byte;
  for (int step = 0; step < whole; step++, codes += kStepColumns) {
    uint8_t* bytes = matrix.packed.data() + first + static_cast<size_t>(step) * kStepBytes;
    for (int j = 0; j < 4; j++) {
      bytes[j] = static_cast<uint8_t>(codes[j] | codes[4 + j] << 2 | codes[8 + j] << 4 | codes[12 + j] << 6);
    }
  }
  for (int column = whole * kStepColumns; column < matrix.columns; column++) {
    const Place place = place_of(matrix, row, column);
    uint8_t& byte = matrix.packed[place.byte];
    byte = static_cast<uint8_t>((byte & ~(3 << place.shift)) | codes[column % kStepColumns] << place.shift);
  }
}

uint8_t code_at(const TernaryMatrix& matrix, int row, int column) {
  const Place place = place_of(matrix, row, column);
  return matrix.packed[place.byte] >> place.shift & 3;
}

Activations make_activations(int tokens, int columns) {
  Activations made;
  made.tokens = tokens;
  made.columns = columns;
  made.words = Buffer<int32_t>(static_cast<size_t>(tokens) * made.words_per_token());
  made.scales = Buffer<float>(tokens);
  made.sums = Buffer<int32_t>(tokens);
  return made;
}

namespace {

/** A vector of zeros stays one. */
constexpr float kLeastMagnitude = 1e-10f;

/** Where a token's first word goes; its next one is `group_tokens` further. */
int32_t* words_of(Activations& into, int token) {
  return into.words.data() + static_cast<size_t>(token / kTileTokens) * kTileTokens * into.words_per_token() + token % kTileTokens;
}

}  // namespace

void quantise_scalar(const float* values, int tokens, size_t stride, Activations& into) {
  into.tokens = tokens;
  for (int token = 0; token < tokens; token++) {
    const float* row = values + token * stride;
    const int step = into.group_tokens(token / kTileTokens);
    int32_t* target = words_of(into, token);
    float largest = kLeastMagnitude;
    for (int i = 0; i < into.columns; i++) {
      if (std::fabs(row[i]) > largest) largest = std::fabs(row[i]);
    }
    into.scales[token] = largest / 127;
    into.sums[token] = 0;
    const float inverse = 127 / largest;
    for (int word = 0; word < into.words_per_token(); word++) {
      uint32_t packed = 0;
      for (int j = 0; j < 4; j++) {
        const int column = word * 4 + j;
        const float scaled = column < into.columns ? row[column] * inverse : 0;
        const int32_t rounded = std::isnan(scaled) ? 0 : static_cast<int32_t>(std::nearbyint(scaled));
        into.sums[token] += rounded;
        packed |= static_cast<uint32_t>(static_cast<uint8_t>(rounded)) << (8 * j);
      }
      target[static_cast<size_t>(word) * step] = static_cast<int32_t>(packed);
    }
  }
}

void quantise(const float* values, int tokens, size_t stride, Activations& into, Threads& threads) {
  into.tokens = tokens;
  const int columns = into.columns;
  threads.run(tokens, [&](int token) {
    const float* row = values + token * stride;
    const int step = into.group_tokens(token / kTileTokens);
    int32_t* target = words_of(into, token);
    const auto rest = [&](int at) { return static_cast<__mmask16>(columns - at >= 16 ? 0xffff : (1 << (columns - at)) - 1); };
    __m512 most = _mm512_set1_ps(kLeastMagnitude);
    for (int i = 0; i < columns; i += 16) {
      const __m512 size = _mm512_abs_ps(_mm512_maskz_loadu_ps(rest(i), row + i));
      most = _mm512_mask_mov_ps(most, _mm512_cmp_ps_mask(size, most, _CMP_GT_OQ), size);
    }
    const float largest = _mm512_reduce_max_ps(most);
    into.scales[token] = largest / 127;
    const __m512 inverse = _mm512_set1_ps(127 / largest);
    __m512i sum = _mm512_setzero_si512();
    for (int i = 0; i < columns; i += 16, target += 4 * static_cast<size_t>(step)) {
      const __m512 scaled = _mm512_mul_ps(_mm512_maskz_loadu_ps(rest(i), row + i), inverse);
      const __m512i rounded = _mm512_maskz_cvtps_epi32(_mm512_cmp_ps_mask(scaled, scaled, _CMP_ORD_Q), scaled);
      sum = _mm512_add_epi32(sum, rounded);
      alignas(16) int32_t words[4];
      _mm_store_si128(reinterpret_cast<__m128i*>(words), _mm512_cvtepi32_epi8(rounded));
      for (int word = 0; word < 4; word++) target[static_cast<size_t>(word) * step] = words[word];
    }
    into.sums[token] = _mm512_reduce_add_epi32(sum);
  });
}

}  // namespace ryot
