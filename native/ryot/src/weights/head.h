#pragma once

#include <cstdint>
#include <variant>

#include "weights/activations.h"
#include "weights/dense.h"
#include "weights/loading.h"

namespace ryot {

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

/**
 * A matrix of Q6_K, nothing lost: `[rows/64][columns/256]` blocks of 64 rows by 256 columns. A block has 64 scales as 32-bit floats, then 16
 * times 64 scales of 16 columns as bytes, and for each 16 rows three registers with the 16 columns' codes of 6 bits: two of low nibbles (columns
 * 0–3 with 4–7, 8–11 with 12–15) and one of upper bits, in four planes as in R64. A code is the value + 32.
 */
struct SixBitMatrix {
  int rows = 0;
  int columns = 0;
  Buffer<uint8_t> packed;
};

using Head = std::variant<DenseMatrix, ByteMatrix, SixBitMatrix>;

/** What is fastest to read, at the loss of a row's scale for 8 bits; or nothing lost; or floats whatever the file has. */
enum class HeadKind { Fast, Lossless, Floats };

/** Throws `Error` MODEL_INVALID where a value is no number. */
Head read_head(const Tensor& tensor, HeadKind kind, const Loading& loading);

size_t bytes_of(const Head& head);

/** One token's vector as the head needs it. */
struct HeadInput {
  Activations activations;
  /** For each 16 columns what the 32 in every code of 6 bits adds. */
  Buffer<int32_t> shifts;
};

HeadInput make_head_input(int columns, Scaling scaling);

/** `out[row]` = head · one token's vector. */
void multiply(const Head& head, const float* values, HeadInput& input, float* out, Threads& threads);

}  // namespace ryot
