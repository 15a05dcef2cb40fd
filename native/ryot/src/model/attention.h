#pragma once

#include "model/kv_cache.h"

namespace ryot {

/** Queries that share one pass over the keys and values. */
constexpr int kMostQueries = 8;

/** One query of a tile: it sees positions 0 to `seen` - 1. `query` and `out` have `head_size` floats. */
struct Query {
  const float* query;
  float* out;
  int seen;
};

/** How exact the shares of the positions are. Halves: as llama.cpp rounds them, to compare with it. */
enum class Weights { Singles, Halves };

/**
 * Scaled dot-product attention (Vaswani et al. 2017, arXiv 1706.03762) of up to `kMostQueries` queries over the keys and values of one layer
 * and head. `scratch`: room for `attention_scratch(most seen)` floats.
 */
void attend(const KvCache& cache, int layer, int head, const Query* queries, int count, Weights weights, float* scratch);

size_t attention_scratch(int seen);

}  // namespace ryot
