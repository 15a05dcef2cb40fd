#pragma once

#include "ternary.h"
#include "threads.h"

namespace ryot {

/** A way to multiply packed weights with activations. All ways give the same integers. */
struct TernaryKernel {
  const char* name;
  /**
   * `out[token][row]` = Σ code · activation over all columns, for the 64 rows of one panel and 1 to 12 tokens.
   * `words`: `[steps * 4][tokens]`.
   */
  void (*panel)(const uint8_t* panel, int steps, const int32_t* words, int tokens, int32_t* out);
};

extern const TernaryKernel kScalarKernel;
extern const TernaryKernel kVnniKernel;

/** All kernels, the reference first. */
const TernaryKernel* const* ternary_kernels(int* count);

/** `out[token * out_stride + row]` = matrix · activations, scales applied. */
void multiply(const TernaryKernel& kernel, const TernaryMatrix& matrix, const Activations& activations, float* out,
              size_t out_stride, Threads& threads);

}  // namespace ryot
