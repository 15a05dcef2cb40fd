#pragma once

#include <cstdint>

#include "common/buffer.h"
#include "threads/threads.h"

namespace ryot {

/** Columns of a step of packed weights: four words of four. */
constexpr int kStepColumns = 16;
/** As many tokens share one unpacking of the weights; 2 × 12 accumulators leave room for what feeds them. */
constexpr int kTileTokens = 12;
/** Columns of a block, that of llama.cpp's K-quants. */
constexpr int kBlockColumns = 256;

/**
 * What an activation's integers are scaled by: the largest magnitude of the token's whole vector (BitNet's own rule), or of each block of
 * 256 columns (as llama.cpp's Q8_K does, to compare with it).
 */
enum class Scaling { Token, Block };

/**
 * Vectors of some tokens as 8-bit integers. The order suits the kernels: in groups of up to `kTileTokens` tokens, `[columns/4][tokens of the
 * group]` words of four columns. Columns are padded with 0.
 */
struct Activations {
  int tokens = 0;
  int columns = 0;
  Scaling scaling = Scaling::Token;
  Buffer<int32_t> words;
  /** `[token][block]`: what one unit is worth. The same in all blocks where the scaling is by token. */
  Buffer<float> scales;
  /** `[token][block]`: the sum of the block's integers. */
  Buffer<int32_t> sums;
  /** The sum of all of a token's integers: what the +1 in every code of a ternary weight adds. */
  Buffer<int32_t> totals;

  int words_per_token() const { return (columns + kStepColumns - 1) / kStepColumns * 4; }
  int blocks() const { return (columns + kBlockColumns - 1) / kBlockColumns; }
  int groups() const { return (tokens + kTileTokens - 1) / kTileTokens; }
  int group_tokens(int group) const {
    const int left = tokens - group * kTileTokens;
    return left < kTileTokens ? left : kTileTokens;
  }
  const int32_t* group(int index) const { return words.data() + static_cast<size_t>(index) * kTileTokens * words_per_token(); }
};

/** Room for vectors of this many columns. */
Activations make_activations(int tokens, int columns, Scaling scaling);

/** Quantises `tokens` rows of `columns` floats that stand `stride` apart, tokens shared among the threads. */
void quantise(const float* values, int tokens, size_t stride, Activations& into, Threads& threads);

/** The definition of right for `quantise`. Not a number counts as 0 here and there. */
void quantise_scalar(const float* values, int tokens, size_t stride, Activations& into);

}  // namespace ryot
