#include "model/attention.h"

#include <cmath>

#include "common/vector_math.h"

namespace ryot {
namespace {

/** Positions rounded up to whole blocks: how far one query's scores stand from the next one's. */
int padded(int seen) { return (seen + kCacheBlock - 1) / kCacheBlock * kCacheBlock; }

__m512 load(const uint16_t* from) { return load_halves(from); }
__m512 load(const int8_t* from) { return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)))); }

/** `scores[query][position]` of all blocks, unscaled. A lane is a position: each register of keys serves all queries, with no sums across lanes. */
template <int Queries, typename T>
void score(const T* keys, int size, int blocks, const Query* queries, float* scores) {
  const int stride = blocks * kCacheBlock;
  for (int block = 0; block < blocks; block++, keys += static_cast<size_t>(size) * kCacheBlock) {
    __m512 sums[Queries];
#pragma GCC unroll 8
    for (int q = 0; q < Queries; q++) sums[q] = _mm512_setzero_ps();
    for (int i = 0; i < size; i++) {
      const __m512 key = load(keys + static_cast<size_t>(i) * kCacheBlock);
#pragma GCC unroll 8
      for (int q = 0; q < Queries; q++) sums[q] = _mm512_fmadd_ps(key, _mm512_set1_ps(queries[q].query[i]), sums[q]);
    }
#pragma GCC unroll 8
    for (int q = 0; q < Queries; q++) _mm512_storeu_ps(scores + static_cast<size_t>(q) * stride + block * kCacheBlock, sums[q]);
  }
}

/** Sums of values by their weights, 16 columns at a time for all queries. */
template <int Queries, typename T>
void mix(const T* values, int size, int positions, int stride, const Query* queries, const float* weights) {
  for (int at = 0; at < size; at += kLanes) {
    __m512 sums[Queries];
#pragma GCC unroll 8
    for (int q = 0; q < Queries; q++) sums[q] = _mm512_setzero_ps();
    for (int position = 0; position < positions; position++) {
      // Past a vector's end where heads are no multiple of 16 wide: those lanes are not stored.
      const __m512 value = load(values + static_cast<size_t>(position) * size + at);
#pragma GCC unroll 8
      for (int q = 0; q < Queries; q++) {
        sums[q] = _mm512_fmadd_ps(value, _mm512_set1_ps(weights[static_cast<size_t>(q) * stride + position]), sums[q]);
      }
    }
#pragma GCC unroll 8
    for (int q = 0; q < Queries; q++) _mm512_mask_storeu_ps(queries[q].out + at, lanes_of(size - at), sums[q]);
  }
}

/** Softmax over what a query sees; 0 for what it does not. `units`: what each position's scores are to be multiplied by, or null. */
void soften(float* scores, int seen, int all, float scale, const float* units) {
  __m512 most = _mm512_set1_ps(-INFINITY);
  for (int i = 0; i < seen; i += kLanes) {
    __m512 score = _mm512_mul_ps(_mm512_loadu_ps(scores + i), _mm512_set1_ps(scale));
    if (units != nullptr) score = _mm512_mul_ps(score, _mm512_loadu_ps(units + i));
    _mm512_storeu_ps(scores + i, score);
    most = _mm512_mask_max_ps(most, lanes_of(seen - i), most, score);
  }
  const __m512 largest = _mm512_set1_ps(_mm512_reduce_max_ps(most));
  __m512 sum = _mm512_setzero_ps();
  for (int i = 0; i < all; i += kLanes) {
    const __m512 weight = _mm512_maskz_mov_ps(lanes_of(seen - i), exp_of(_mm512_sub_ps(_mm512_loadu_ps(scores + i), largest)));
    _mm512_storeu_ps(scores + i, weight);
    sum = _mm512_add_ps(sum, weight);
  }
  const __m512 inverse = _mm512_set1_ps(1 / _mm512_reduce_add_ps(sum));
  for (int i = 0; i < all; i += kLanes) _mm512_storeu_ps(scores + i, _mm512_mul_ps(_mm512_loadu_ps(scores + i), inverse));
}

void round_to_halves(float* weights, int count) {
  for (int i = 0; i < count; i += kLanes) {
    const __m512 weight = _mm512_loadu_ps(weights + i);
    _mm512_storeu_ps(weights + i, _mm512_cvtph_ps(_mm512_cvtps_ph(weight, _MM_FROUND_TO_NEAREST_INT)));
  }
}

template <int Queries, typename T>
void attend_all(const T* keys, const T* values, const float* key_units, const float* value_units, int size, const Query* queries,
                Weights weights, float* scores) {
  int most = 0;
  for (int q = 0; q < Queries; q++) most = queries[q].seen > most ? queries[q].seen : most;
  const int stride = padded(most);
  score<Queries>(keys, size, stride / kCacheBlock, queries, scores);
  for (int q = 0; q < Queries; q++) {
    float* own = scores + static_cast<size_t>(q) * stride;
    soften(own, queries[q].seen, stride, 1 / std::sqrt(static_cast<float>(size)), key_units);
    if (weights == Weights::Halves) round_to_halves(own, stride);
    if (value_units == nullptr) continue;
    for (int i = 0; i < most; i++) own[i] *= value_units[i];
  }
  mix<Queries>(values, size, most, stride, queries, scores);
}

template <int Queries>
void attend_to(const KvCache& cache, int layer, int head, const Query* queries, Weights weights, float* scores) {
  if (cache.type() == CacheType::Halves) {
    attend_all<Queries>(cache.half_keys(layer, head), cache.half_values(layer, head), nullptr, nullptr, cache.head_size(), queries, weights,
                        scores);
  } else {
    attend_all<Queries>(cache.byte_keys(layer, head), cache.byte_values(layer, head), cache.key_scales(layer, head),
                        cache.value_scales(layer, head), cache.head_size(), queries, weights, scores);
  }
}

}  // namespace

size_t attention_scratch(int seen) { return static_cast<size_t>(kMostQueries) * padded(seen); }

void attend(const KvCache& cache, int layer, int head, const Query* queries, int count, Weights weights, float* scratch) {
  using Attend = void (*)(const KvCache&, int, int, const Query*, Weights, float*);
  static constexpr Attend kBySize[kMostQueries] = {attend_to<1>, attend_to<2>, attend_to<3>, attend_to<4>,
                                                   attend_to<5>, attend_to<6>, attend_to<7>, attend_to<8>};
  kBySize[count - 1](cache, layer, head, queries, weights, scratch);
}

}  // namespace ryot
