#include "weights/ternary.h"

#include <immintrin.h>

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

TernaryMatrix make_ternary(int rows, int columns, ScaleSpan span, Arena& arena) {
  TernaryMatrix matrix;
  matrix.rows = rows;
  matrix.columns = columns;
  matrix.span = span;
  matrix.scales = reinterpret_cast<float*>(arena.take(matrix.scale_count() * sizeof(float)));
  for (size_t i = 0; i < matrix.scale_count(); i++) matrix.scales[i] = 1;
  matrix.packed = arena.take(matrix.packed_bytes());
  // Only padding would be read without having been written.
  if (rows % kPanelRows != 0 || columns % kStepColumns != 0) std::memset(matrix.packed, kZeroWeights, matrix.packed_bytes());
  return matrix;
}

void pack_row(TernaryMatrix& matrix, int row, const uint8_t* codes) {
  // A 128-bit lane holds one step: its four words go to the four planes of one word.
  const __m512i planes = _mm512_set4_epi32(6, 4, 2, 0);
  uint8_t* target = matrix.packed + place_of(matrix, row, 0).byte;
  int column = 0;
  for (; column + 64 <= matrix.columns; column += 64, target += 4 * kStepBytes) {
    __m512i words = _mm512_sllv_epi32(_mm512_loadu_si512(codes + column), planes);
    words = _mm512_or_si512(words, _mm512_shuffle_epi32(words, _MM_PERM_BADC));
    words = _mm512_or_si512(words, _mm512_shuffle_epi32(words, _MM_PERM_CDAB));
    alignas(64) uint32_t packed[16];
    _mm512_store_si512(packed, words);
    for (int step = 0; step < 4; step++) std::memcpy(target + static_cast<size_t>(step) * kStepBytes, packed + 4 * step, 4);
  }
  for (; column < matrix.columns; column++) {
    const Place place = place_of(matrix, row, column);
    uint8_t& byte = matrix.packed[place.byte];
    byte = static_cast<uint8_t>((byte & ~(3 << place.shift)) | codes[column] << place.shift);
  }
}

}  // namespace ryot
