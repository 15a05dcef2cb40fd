#pragma once

#include <cstdint>

#include "common/buffer.h"
#include "threads/threads.h"
#include "weights/activations.h"

namespace ryot {

/** One group's part of `CodedActivations`. */
struct CodedGroup {
  const int32_t* words;
  const float* scales;
  const float* sums;
};

/** Columns that share a scale: ordinary models have a few activations so large that a token's own scale would leave nothing of the others. */
constexpr int kCodedColumns = 32;
constexpr int kCodedWords = kCodedColumns / 4;

/**
 * Vectors of some tokens as 8-bit integers with a scale for each block of 32, as llama.cpp's Q8_0 has them. In groups of up to `kTileTokens` tokens:
 * words `[block][8][tokens of the group]`, scales `[block][tokens]`, and for each half of a block what its integers add up to, times the scale,
 * `[block][2][tokens]`.
 */
struct CodedActivations {
  int tokens = 0;
  int columns = 0;
  Buffer<int32_t> words;
  Buffer<float> scales;
  Buffer<float> sums;

  int blocks() const { return (columns + kCodedColumns - 1) / kCodedColumns; }
  int groups() const { return (tokens + kTileTokens - 1) / kTileTokens; }
  int group_tokens(int group) const {
    const int left = tokens - group * kTileTokens;
    return left < kTileTokens ? left : kTileTokens;
  }
  CodedGroup group(int index) const {
    const size_t before = blocks_before(index);
    return {words.data() + before * kCodedWords, scales.data() + before, sums.data() + before * 2};
  }
  /** How many blocks of single tokens stand in front of a group. */
  size_t blocks_before(int group) const { return static_cast<size_t>(group) * kTileTokens * blocks(); }
};

/** Room for vectors of this many columns. */
CodedActivations make_coded_activations(int tokens, int columns);

/** Quantises `tokens` rows of `columns` floats that stand `stride` apart, tokens shared among the threads. Not a number counts as 0. */
void quantise(const float* values, int tokens, size_t stride, CodedActivations& into, Threads& threads);

}  // namespace ryot
