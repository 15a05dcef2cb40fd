#pragma once

#include <cstdint>

#include "common/arena.h"
#include "weights/activations.h"

namespace ryot {

/** Rows of a panel: one lane of four vector registers each. */
constexpr int kPanelRows = 64;
constexpr int kStepBytes = kPanelRows * kStepColumns / 4;

/** How far one scale reaches: over the whole matrix, a row, or 256 columns of a row. */
enum class ScaleSpan { Matrix, Row, Block };

/**
 * A matrix of -1, 0, +1 in layout R64. A weight w is the code u = w + 1 in two bits. Rows come in panels of 64, columns in steps of 16:
 * `[rows/64][columns/16][4 registers][64 bytes]`. Register z holds rows 16z..16z+15; byte 4r+j of it holds, for row r, the weights of columns
 * 4p + j of the step in bits 2p, 2p+1. So an accumulator's lane is an output row, and the weights are one forward stream.
 * Rows are padded with code 1 (weight 0) to whole panels, columns to whole steps. The memory is the arena's.
 */
struct TernaryMatrix {
  int rows = 0;
  int columns = 0;
  ScaleSpan span = ScaleSpan::Matrix;
  /** One; or one a row, `[panel][64]`; or one a block, `[panel][block][64]`. */
  float* scales = nullptr;
  uint8_t* packed = nullptr;

  int panels() const { return (rows + kPanelRows - 1) / kPanelRows; }
  int steps() const { return (columns + kStepColumns - 1) / kStepColumns; }
  int blocks() const { return (columns + kBlockColumns - 1) / kBlockColumns; }
  size_t packed_bytes() const { return static_cast<size_t>(panels()) * steps() * kStepBytes; }
  size_t scale_count() const {
    return span == ScaleSpan::Matrix ? 1 : static_cast<size_t>(panels()) * kPanelRows * (span == ScaleSpan::Row ? 1 : blocks());
  }
  const uint8_t* panel(int index) const { return packed + static_cast<size_t>(index) * steps() * kStepBytes; }
  /** Where a row's scale of a block is. */
  float& scale(int row, int block) const {
    const int panel = row / kPanelRows;
    if (span == ScaleSpan::Matrix) return scales[0];
    if (span == ScaleSpan::Row) return scales[row];
    return scales[(static_cast<size_t>(panel) * blocks() + block) * kPanelRows + row % kPanelRows];
  }
};

/** A matrix of this size, all weights 0, all scales 1. */
TernaryMatrix make_ternary(int rows, int columns, ScaleSpan span, Arena& arena);

/** Writes one row from its codes u = w + 1, `columns` of them. */
void pack_row(TernaryMatrix& matrix, int row, const uint8_t* codes);

}  // namespace ryot
