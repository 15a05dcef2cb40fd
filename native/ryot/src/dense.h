#pragma once

#include <cstdint>

#include "buffer.h"
#include "gguf.h"
#include "ternary.h"
#include "threads.h"

namespace ryot {

/** A matrix of floats, row after row: 32 bits where the file has them, else 16. */
struct DenseMatrix {
  int rows = 0;
  int columns = 0;
  Buffer<float> singles;
  Buffer<uint16_t> halves;
};

DenseMatrix read_dense(const Tensor& tensor, Threads& threads);

/** `out[token * out_stride + row]` = matrix · the token's vector; vectors of `columns` floats stand `stride` apart. */
void multiply(const DenseMatrix& matrix, const float* values, int tokens, size_t stride, float* out, size_t out_stride,
              Threads& threads);

/**
 * A matrix of 8-bit integers with a scale a row, for the head of a ternary model: half the bytes of 16-bit floats, at a loss that is smaller
 * than that of the ternary layers' own activations. `[rows/64][columns/4][64 rows][4 columns]`, columns padded to 16.
 */
struct ByteMatrix {
  int rows = 0;
  int columns = 0;
  Buffer<int8_t> packed;
  Buffer<float> scales;
  /** The sum of a row's integers: what shifting the activations to unsigned bytes adds, over 128. */
  Buffer<int32_t> sums;
};

ByteMatrix read_bytes(const Tensor& tensor, Threads& threads);

/** `out[row]` = matrix · the one token of `activations`. */
void multiply(const ByteMatrix& matrix, const Activations& activations, float* out, Threads& threads);

}  // namespace ryot
