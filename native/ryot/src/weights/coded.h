#pragma once

#include <cstdint>

#include "common/arena.h"
#include "formats/gguf.h"
#include "weights/coded_activations.h"
#include "weights/loading.h"
#include "weights/ternary.h"

namespace ryot {

/**
 * A matrix of Q4_0, Q8_0, Q4_K or Q6_K, nothing lost: the file's own codes, in panels of 64 rows so that a lane is an output row.
 * `[rows/64][columns/32]` blocks: the codes, unsigned, `[4 times 16 rows][words of four columns][16 rows][4 columns]` bytes, where of codes of 4 bits a
 * byte holds words w and w + 4; then 64 scales of the block as 16-bit floats, or, of the K types, twice 64 bytes: scale and offset (Q4_K), or the scales
 * of both halves (Q6_K). Every eight blocks of the K types begin with 64 or twice 64 floats that these bytes are multiplied with. The memory is the arena's.
 */
struct CodedMatrix {
  TensorType type = TensorType::Q8_0;
  int rows = 0;
  int columns = 0;
  uint8_t* packed = nullptr;

  int panels() const { return (rows + kPanelRows - 1) / kPanelRows; }
  size_t panel_bytes() const;
  size_t packed_bytes() const { return panels() * panel_bytes(); }
};

/** Whether a type can be packed so. */
bool is_coded(TensorType type);

/** Throws `Error` MODEL_INVALID where a scale is no number. */
CodedMatrix read_coded(const Tensor& tensor, Arena& arena, const Loading& loading);

/** `out[token * rows + row]` = matrix · the token's vector. */
void multiply(const CodedMatrix& matrix, const CodedActivations& activations, float* out, Threads& threads);

}  // namespace ryot
