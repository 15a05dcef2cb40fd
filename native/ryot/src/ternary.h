#pragma once

#include <cstdint>

#include "buffer.h"
#include "threads.h"

namespace ryot {

/** Rows of a panel: one lane of four vector registers each. */
constexpr int kPanelRows = 64;
/** Columns of a step: four bit planes of four bytes. */
constexpr int kStepColumns = 16;
constexpr int kStepBytes = kPanelRows * kStepColumns / 4;
/** As many tokens share one unpacking of the weights; 2 × 12 accumulators leave room for what feeds them. */
constexpr int kTileTokens = 12;

/**
 * A matrix of -1, 0, +1 in layout R64. A weight w is the code u = w + 1 in two bits. Rows come in panels of 64, columns in steps of 16:
 * `[rows/64][columns/16][4 registers][64 bytes]`. Register z holds rows 16z..16z+15; byte 4r+j of it holds, for row r, the weights of columns
 * 4p + j of the step in bits 2p, 2p+1. So an accumulator's lane is an output row, and the weights are one forward stream.
 * Rows are padded with code 1 (weight 0) to whole panels, columns to whole steps.
 */
struct TernaryMatrix {
  int rows = 0;
  int columns = 0;
  /** One for the whole matrix, or one a row. */
  Buffer<float> scales;
  Buffer<uint8_t> packed;

  int panels() const { return (rows + kPanelRows - 1) / kPanelRows; }
  int steps() const { return (columns + kStepColumns - 1) / kStepColumns; }
  const uint8_t* panel(int index) const { return packed.data() + static_cast<size_t>(index) * steps() * kStepBytes; }
  float scale(int row) const { return scales.size() == 1 ? scales[0] : scales[row]; }
};

/** An empty matrix, all weights 0. `row_scales`: one scale a row instead of one for all. */
TernaryMatrix make_ternary(int rows, int columns, bool row_scales);

/** Writes one row from its codes u = w + 1, `columns` of them. */
void pack_row(TernaryMatrix& matrix, int row, const uint8_t* codes);

/** The code at a place, for tests and references. */
uint8_t code_at(const TernaryMatrix& matrix, int row, int column);

/**
 * Vectors of some tokens as 8-bit integers, by BitNet's own rule: each is scaled by 127 / its largest magnitude. The order suits the kernels:
 * in groups of up to `kTileTokens` tokens, `[columns/4][tokens of the group]` words of four columns. Columns are padded with 0.
 */
struct Activations {
  int tokens = 0;
  int columns = 0;
  Buffer<int32_t> words;
  /** What one unit of a token's integers is worth. */
  Buffer<float> scales;
  /** The sum of a token's integers: what the +1 in every code adds. */
  Buffer<int32_t> sums;

  int words_per_token() const { return (columns + kStepColumns - 1) / kStepColumns * 4; }
  int groups() const { return (tokens + kTileTokens - 1) / kTileTokens; }
  int group_tokens(int group) const {
    const int left = tokens - group * kTileTokens;
    return left < kTileTokens ? left : kTileTokens;
  }
  const int32_t* group(int index) const {
    return words.data() + static_cast<size_t>(index) * kTileTokens * words_per_token();
  }
};

/** Room for vectors of this many columns. */
Activations make_activations(int tokens, int columns);

/** Quantises `tokens` rows of `columns` floats that stand `stride` apart, tokens shared among the threads. */
void quantise(const float* values, int tokens, size_t stride, Activations& into, Threads& threads);

/** The definition of right for `quantise`. Not a number counts as 0 here and there. */
void quantise_scalar(const float* values, int tokens, size_t stride, Activations& into);

}  // namespace ryot
