#pragma once

#include <cstddef>

#include "formats/gguf.h"
#include "weights/coded_activations.h"
#include "weights/ternary.h"

namespace ryot {

/** Where things stand in the blocks of a `CodedMatrix`. */
struct CodedLayout {
  /** Bits of a code. */
  int bits;
  /** Blocks that share floats in front of them. */
  int blocks;
  /** Those floats: 64 each. */
  int floats;
  /** What stands for 0 among the codes; Q4_K has an offset for each block instead. */
  int zero;

  constexpr size_t header_bytes() const { return static_cast<size_t>(floats) * kPanelRows * sizeof(float); }
  constexpr size_t code_bytes() const { return static_cast<size_t>(kPanelRows) * kCodedColumns * bits / 8; }
  constexpr size_t slice_bytes() const { return code_bytes() / 4; }
  /** Codes, and two bytes of scales a row. */
  constexpr size_t block_bytes() const { return code_bytes() + size_t{kPanelRows} * 2; }
  constexpr size_t run_bytes() const { return header_bytes() + blocks * block_bytes(); }
};

constexpr CodedLayout coded_layout(TensorType type) {
  switch (type) {
    case TensorType::Q4_0: return {4, 1, 0, 8};
    case TensorType::Q4_K: return {4, 8, 2, 0};
    case TensorType::Q6_K: return {8, 8, 1, 32};
    default: return {8, 1, 0, 128};
  }
}

}  // namespace ryot
