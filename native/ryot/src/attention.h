#pragma once

#include "kv_cache.h"

namespace ryot {

/** Queries that share one pass over the keys and values. */
constexpr int kMostQueries = 8;

/** One query of a tile: it sees positions 0 to `seen` - 1. `query` and `out` have `head_size` floats. */
struct Query {
  const float* query;
  float* out;
  int seen;
};

/**
 * Scaled dot-product attention (Vaswani et al. 2017, arXiv 1706.03762) of up to `kMostQueries` queries over the keys and values of one layer
 * and head. `scratch`: room for `attention_scratch(most seen)` floats.
 */
void attend(const KvCache& cache, int layer, int head, const Query* queries, int count, float* scratch);

size_t attention_scratch(int seen);

}  // namespace ryot
