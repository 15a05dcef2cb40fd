#include "weights/dense.h"

#include <atomic>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <vector>

#include "common/error.h"
#include "common/vector_math.h"
#include "weights/values.h"

namespace ryot {
namespace {

constexpr int kChunkRows = 64;

/** Rows of floats are padded to whole registers. */
int padded(int columns) { return (columns + kLanes - 1) / kLanes * kLanes; }
int chunks_of(int rows) { return (rows + kChunkRows - 1) / kChunkRows; }
int end_of(int chunk, int rows) { return (chunk + 1) * kChunkRows < rows ? (chunk + 1) * kChunkRows : rows; }

__m512 load(const float* from) { return _mm512_loadu_ps(from); }
__m512 load(const uint16_t* from) { return load_halves(from); }

/** Rows and tokens that a loaded register serves. */
constexpr int kTileRows = 4;
constexpr int kTileVectors = 4;

/** `Rows` rows by `Vectors` vectors. Rows are padded with zeros to whole registers; the vectors are not. */
template <int Rows, int Vectors, typename T>
void multiply_tile(const T* rows, size_t row_stride, const float* values, size_t stride, int columns, float* out, size_t out_stride) {
  __m512 sums[Rows][Vectors];
  for (auto& row : sums) {
    for (__m512& sum : row) sum = _mm512_setzero_ps();
  }
  for (int i = 0; i < columns; i += kLanes) {
    const __mmask16 lanes = lanes_of(columns - i);
    __m512 weights[Rows];
#pragma GCC unroll 4
    for (int r = 0; r < Rows; r++) weights[r] = load(rows + r * row_stride + i);
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; v++) {
      const __m512 x = _mm512_maskz_loadu_ps(lanes, values + v * stride + i);
#pragma GCC unroll 4
      for (int r = 0; r < Rows; r++) sums[r][v] = _mm512_fmadd_ps(weights[r], x, sums[r][v]);
    }
  }
  for (int r = 0; r < Rows; r++) {
    for (int v = 0; v < Vectors; v++) out[v * out_stride + r] = _mm512_reduce_add_ps(sums[r][v]);
  }
}

template <typename T>
void multiply_rows(const T* weights, size_t row_stride, int begin, int end, const float* values, int tokens, size_t stride, int columns,
                   float* out, size_t out_stride) {
  const auto tiles = [&](auto rows, int row) {
    constexpr int kRows = decltype(rows)::value;
    const T* from = weights + row_stride * row;
    int token = 0;
    for (; token + kTileVectors <= tokens; token += kTileVectors) {
      multiply_tile<kRows, kTileVectors>(from, row_stride, values + token * stride, stride, columns, out + token * out_stride + row, out_stride);
    }
    for (; token < tokens; token++) {
      multiply_tile<kRows, 1>(from, row_stride, values + token * stride, stride, columns, out + token * out_stride + row, out_stride);
    }
  };
  int row = begin;
  for (; row + kTileRows <= end; row += kTileRows) tiles(std::integral_constant<int, kTileRows>(), row);
  for (; row < end; row++) tiles(std::integral_constant<int, 1>(), row);
}

constexpr uint16_t kInfiniteHalf = 0x7c00;

}  // namespace

DenseMatrix read_dense(const Tensor& tensor, Floats floats, const Loading& loading) {
  DenseMatrix matrix;
  matrix.rows = tensor.rows;
  matrix.columns = tensor.columns;
  matrix.type = tensor.type;
  const size_t stride = static_cast<size_t>(padded(tensor.columns));
  const bool single = tensor.type == TensorType::F32 || (floats == Floats::Lossless && tensor.type != TensorType::F16);
  (single ? static_cast<void>(matrix.singles = Buffer<float>(stride * static_cast<size_t>(tensor.rows), Pages::Huge))
          : static_cast<void>(matrix.halves = Buffer<uint16_t>(stride * static_cast<size_t>(tensor.rows), Pages::Huge)));
  std::atomic<bool> broken{false};
  std::atomic<bool> too_large{false};
  loading.run(chunks_of(tensor.rows), [&](int chunk) {
    std::vector<float> row(stride);
    for (int r = chunk * kChunkRows; r < end_of(chunk, tensor.rows); r++) {
      read_row(tensor, r, row.data());
      for (const float value : row) {
        if (!std::isfinite(value)) broken = true;
      }
      if (single) {
        std::memcpy(matrix.singles.data() + stride * r, row.data(), stride * sizeof(float));
      } else {
        for (size_t i = 0; i < stride; i++) {
          const uint16_t half = float_to_half(row[i]);
          if ((half & 0x7fff) >= kInfiniteHalf) too_large = true;
          matrix.halves[stride * r + i] = half;
        }
      }
    }
  });
  if (broken) throw not_numbers(tensor);
  if (too_large) {
    throw Error("MODEL_INVALID", "tensor " + tensor.name + " holds values beyond those of 16 bits; the llama-cpp backend may run this model");
  }
  return matrix;
}

size_t bytes_of(const DenseMatrix& matrix) { return matrix.singles.size() * sizeof(float) + matrix.halves.size() * sizeof(uint16_t); }

void multiply(const DenseMatrix& matrix, const float* values, int tokens, size_t stride, float* out, size_t out_stride,
              Threads& threads) {
  const size_t row_stride = static_cast<size_t>(padded(matrix.columns));
  threads.run(chunks_of(matrix.rows), [&](int chunk) {
    const int begin = chunk * kChunkRows;
    const int end = end_of(chunk, matrix.rows);
    if (matrix.singles.size() > 0) {
      multiply_rows(matrix.singles.data(), row_stride, begin, end, values, tokens, stride, matrix.columns, out, out_stride);
    } else {
      multiply_rows(matrix.halves.data(), row_stride, begin, end, values, tokens, stride, matrix.columns, out, out_stride);
    }
  });
}

}  // namespace ryot
