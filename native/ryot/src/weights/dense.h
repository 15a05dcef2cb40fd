#pragma once

#include <cstdint>

#include "common/buffer.h"
#include "formats/gguf.h"
#include "weights/loading.h"

namespace ryot {

/** A matrix of floats, row after row, of 32 or of 16 bits. */
struct DenseMatrix {
  /** What the file has them as. */
  TensorType type = TensorType::F32;
  int rows = 0;
  int columns = 0;
  Buffer<float> singles;
  Buffer<uint16_t> halves;
};

/** `Lossless`: 32 bits also where the file's blocks hold more than 16 can. */
enum class Floats { Compact, Lossless };

/** Throws `Error` MODEL_INVALID where a value is no number. */
DenseMatrix read_dense(const Tensor& tensor, Floats floats, const Loading& loading);

size_t bytes_of(const DenseMatrix& matrix);

/** `out[token * out_stride + row]` = matrix · the token's vector; vectors of `columns` floats stand `stride` apart. */
void multiply(const DenseMatrix& matrix, const float* values, int tokens, size_t stride, float* out, size_t out_stride,
              Threads& threads);

}  // namespace ryot
