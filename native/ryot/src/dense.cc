#include "dense.h"

#include <immintrin.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "values.h"

namespace ryot {
namespace {

constexpr int kChunkRows = 64;
/** Rows of floats are padded to whole registers. */
constexpr int kLanes = 16;

int padded(int columns) { return (columns + kLanes - 1) / kLanes * kLanes; }
int chunks_of(int rows) { return (rows + kChunkRows - 1) / kChunkRows; }
int end_of(int chunk, int rows) { return (chunk + 1) * kChunkRows < rows ? (chunk + 1) * kChunkRows : rows; }

float dot(const float* row, const float* values, int columns) {
  __m512 sums[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
  int i = 0;
  for (; i + 2 * kLanes <= columns; i += 2 * kLanes) {
    sums[0] = _mm512_fmadd_ps(_mm512_loadu_ps(row + i), _mm512_loadu_ps(values + i), sums[0]);
    sums[1] = _mm512_fmadd_ps(_mm512_loadu_ps(row + i + kLanes), _mm512_loadu_ps(values + i + kLanes), sums[1]);
  }
  for (; i < columns; i += kLanes) {
    const auto rest = static_cast<__mmask16>(columns - i >= kLanes ? 0xffff : (1 << (columns - i)) - 1);
    sums[0] = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(rest, row + i), _mm512_maskz_loadu_ps(rest, values + i), sums[0]);
  }
  return _mm512_reduce_add_ps(_mm512_add_ps(sums[0], sums[1]));
}

float dot(const uint16_t* row, const float* values, int columns) {
  __m512 sums[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
  int i = 0;
  const auto halves = [&](int at) { return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(row + at))); };
  for (; i + 2 * kLanes <= columns; i += 2 * kLanes) {
    sums[0] = _mm512_fmadd_ps(halves(i), _mm512_loadu_ps(values + i), sums[0]);
    sums[1] = _mm512_fmadd_ps(halves(i + kLanes), _mm512_loadu_ps(values + i + kLanes), sums[1]);
  }
  // The row is padded with zeros; the values are not.
  for (; i < columns; i += kLanes) {
    const auto rest = static_cast<__mmask16>(columns - i >= kLanes ? 0xffff : (1 << (columns - i)) - 1);
    sums[0] = _mm512_fmadd_ps(halves(i), _mm512_maskz_loadu_ps(rest, values + i), sums[0]);
  }
  return _mm512_reduce_add_ps(_mm512_add_ps(sums[0], sums[1]));
}

}  // namespace

DenseMatrix read_dense(const Tensor& tensor, Threads& threads) {
  DenseMatrix matrix;
  matrix.rows = tensor.rows;
  matrix.columns = tensor.columns;
  const size_t stride = static_cast<size_t>(padded(tensor.columns));
  const bool single = tensor.type == TensorType::F32;
  (single ? static_cast<void>(matrix.singles = Buffer<float>(stride * static_cast<size_t>(tensor.rows)))
          : static_cast<void>(matrix.halves = Buffer<uint16_t>(stride * static_cast<size_t>(tensor.rows))));
  threads.run(chunks_of(tensor.rows), [&](int chunk) {
    std::vector<float> row(stride);
    for (int r = chunk * kChunkRows; r < end_of(chunk, tensor.rows); r++) {
      read_row(tensor, r, row.data());
      if (single) {
        std::memcpy(matrix.singles.data() + stride * r, row.data(), stride * sizeof(float));
      } else {
        for (size_t i = 0; i < stride; i++) matrix.halves[stride * r + i] = float_to_half(row[i]);
      }
    }
  });
  return matrix;
}

void multiply(const DenseMatrix& matrix, const float* values, int tokens, size_t stride, float* out, size_t out_stride,
              Threads& threads) {
  const size_t row_stride = static_cast<size_t>(padded(matrix.columns));
  threads.run(chunks_of(matrix.rows), [&](int chunk) {
    for (int row = chunk * kChunkRows; row < end_of(chunk, matrix.rows); row++) {
      for (int token = 0; token < tokens; token++) {
        const float* vector = values + token * stride;
        out[token * out_stride + row] = matrix.singles.size() > 0
                                            ? dot(matrix.singles.data() + row_stride * row, vector, matrix.columns)
                                            : dot(matrix.halves.data() + row_stride * row, vector, matrix.columns);
      }
    }
  });
}

ByteMatrix read_bytes(const Tensor& tensor, Threads& threads) {
  ByteMatrix matrix;
  matrix.rows = tensor.rows;
  matrix.columns = tensor.columns;
  const size_t columns = static_cast<size_t>(padded(tensor.columns));
  const int panels = (tensor.rows + kPanelRows - 1) / kPanelRows;
  matrix.packed = Buffer<int8_t>(static_cast<size_t>(panels) * kPanelRows * columns);
  matrix.scales = Buffer<float>(static_cast<size_t>(panels) * kPanelRows);
  matrix.sums = Buffer<int32_t>(static_cast<size_t>(panels) * kPanelRows);
  threads.run(panels, [&](int panel) {
    int8_t* target = matrix.packed.data() + static_cast<size_t>(panel) * kPanelRows * columns;
    std::memset(target, 0, kPanelRows * columns);
    std::vector<float> values(columns);
    for (int r = 0; r < kPanelRows; r++) {
      const int row = panel * kPanelRows + r;
      matrix.scales[row] = 0;
      matrix.sums[row] = 0;
      if (row >= tensor.rows) continue;
      read_row(tensor, row, values.data());
      float largest = 0;
      for (int i = 0; i < tensor.columns; i++) largest = std::fmax(largest, std::fabs(values[i]));
      if (!(largest > 0) || !std::isfinite(largest)) continue;
      matrix.scales[row] = largest / 127;
      for (int i = 0; i < tensor.columns; i++) {
        const float scaled = values[i] * (127 / largest);
        const auto rounded = static_cast<int8_t>(std::isfinite(scaled) ? std::nearbyint(scaled) : 0);
        target[static_cast<size_t>(i / 4) * kPanelRows * 4 + r * 4 + i % 4] = rounded;
        matrix.sums[row] += rounded;
      }
    }
  });
  return matrix;
}

void multiply(const ByteMatrix& matrix, const Activations& activations, float* out, Threads& threads) {
  const int words = padded(matrix.columns) / 4;
  const int panels = (matrix.rows + kPanelRows - 1) / kPanelRows;
  threads.run(panels, [&](int panel) {
    const int8_t* weights = matrix.packed.data() + static_cast<size_t>(panel) * words * kPanelRows * 4;
    // vpdpbusd wants one unsigned side: the activations, shifted by 128.
    const __m512i shift = _mm512_set1_epi8(static_cast<char>(0x80));
    __m512i sums[8];
    for (__m512i& sum : sums) sum = _mm512_setzero_si512();
    for (int word = 0; word < words; word += 2, weights += 512) {
      const __m512i x0 = _mm512_xor_si512(_mm512_set1_epi32(activations.words[word]), shift);
      const __m512i x1 = _mm512_xor_si512(_mm512_set1_epi32(activations.words[word + 1]), shift);
      for (int z = 0; z < 4; z++) {
        _mm_prefetch(reinterpret_cast<const char*>(weights + 4096 + 64 * z), _MM_HINT_T0);
        _mm_prefetch(reinterpret_cast<const char*>(weights + 4352 + 64 * z), _MM_HINT_T0);
        sums[z] = _mm512_dpbusd_epi32(sums[z], x0, _mm512_load_si512(weights + 64 * z));
        sums[z + 4] = _mm512_dpbusd_epi32(sums[z + 4], x1, _mm512_load_si512(weights + 256 + 64 * z));
      }
    }
    alignas(64) int32_t products[kPanelRows];
    for (int z = 0; z < 4; z++) _mm512_store_si512(products + 16 * z, _mm512_add_epi32(sums[z], sums[z + 4]));
    for (int r = 0; r < kPanelRows && panel * kPanelRows + r < matrix.rows; r++) {
      const int row = panel * kPanelRows + r;
      out[row] = static_cast<float>(products[r] - 128 * matrix.sums[row]) * matrix.scales[row] * activations.scales[0];
    }
  });
}

}  // namespace ryot
