#pragma once

#include <string>
#include <vector>

#include "threads/threads.h"
#include "weights/ternary.h"

namespace ryot {

/** A way to multiply packed weights with activations. All ways give the same integers. */
struct TernaryKernel {
  const char* name;
  /**
   * `out[token][row]` = Σ code · activation over `steps` steps of columns, for the 64 rows of one panel and 1 to 12 tokens.
   * `words`: `[steps * 4][tokens]`. `next`: where this thread will probably go on; its beginning may be fetched meanwhile, and need not exist.
   */
  void (*panel)(const uint8_t* panel, const uint8_t* next, int steps, const int32_t* words, int tokens, int32_t* out);
};

extern const TernaryKernel kScalarKernel;
extern const TernaryKernel kTableKernel;
extern const TernaryKernel kVnniKernel;

/** All kernels, the reference first. */
const std::vector<const TernaryKernel*>& ternary_kernels();

/** Throws `Error` USAGE where there is none of this name. */
const TernaryKernel& kernel_named(const std::string& name);

/** Kernels for one token, which is what decoding does, and for many. */
struct KernelChoice {
  const TernaryKernel* one;
  const TernaryKernel* many;
};

/** The kernels that are fastest on this machine, by a measurement of a few milliseconds; made once. */
KernelChoice fastest_kernels();

/** `out[token * stride + row]` = matrix · activations · scale. */
struct TernaryProduct {
  const TernaryMatrix* matrix;
  float* out;
  size_t stride;
  float scale;
};

/** Queries, keys and values: no input goes to more matrices. */
constexpr int kMostProducts = 3;

/** Up to `kMostProducts` matrices by the same activations, all in one loop of the threads. */
void multiply(const KernelChoice& kernels, const std::vector<TernaryProduct>& products, const Activations& activations, Threads& threads);

}  // namespace ryot
