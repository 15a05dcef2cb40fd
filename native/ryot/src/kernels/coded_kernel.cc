#include <algorithm>

#include "common/vector_math.h"
#include "weights/coded.h"
#include "weights/coded_layout.h"

namespace ryot {
namespace {

__m512 bytes_as_floats(const uint8_t* bytes, bool is_signed) {
  const __m128i loaded = _mm_load_si128(reinterpret_cast<const __m128i*>(bytes));
  return _mm512_cvtepi32_ps(is_signed ? _mm512_cvtepi8_epi32(loaded) : _mm512_cvtepu8_epi32(loaded));
}

/** What 16 rows of a block are multiplied with and what is taken away, for each half of its columns; one for both but in Q6_K. */
template <TensorType Type>
struct Scales {
  static constexpr bool kHalves = Type == TensorType::Q6_K;
  __m512 scale[2];
  __m512 offset[2];

  Scales(const uint8_t* header, const uint8_t* scales, int slice) {
    const auto* floats = reinterpret_cast<const float*>(header);
    if constexpr (Type == TensorType::Q4_K) {
      scale[0] = _mm512_mul_ps(bytes_as_floats(scales + slice * kLanes, false), _mm512_load_ps(floats + slice * kLanes));
      offset[0] = _mm512_mul_ps(bytes_as_floats(scales + kPanelRows + slice * kLanes, false), _mm512_load_ps(floats + kPanelRows + slice * kLanes));
    } else if constexpr (Type == TensorType::Q6_K) {
      for (int half = 0; half < 2; half++) {
        scale[half] = _mm512_mul_ps(bytes_as_floats(scales + half * kPanelRows + slice * kLanes, true), _mm512_load_ps(floats + slice * kLanes));
        offset[half] = _mm512_mul_ps(scale[half], _mm512_set1_ps(coded_layout(Type).zero));
      }
    } else {
      scale[0] = load_halves(reinterpret_cast<const uint16_t*>(scales) + slice * kLanes);
      offset[0] = _mm512_mul_ps(scale[0], _mm512_set1_ps(coded_layout(Type).zero));
    }
  }
};

/** 16 rows' codes of a block, a register for each word of four columns. */
template <TensorType Type>
void load_codes(const uint8_t* slice, __m512i* words) {
  if constexpr (coded_layout(Type).bits == 8) {
#pragma GCC unroll 8
    for (int i = 0; i < kCodedWords; i++) words[i] = _mm512_load_si512(slice + 64 * i);
  } else {
    const __m512i nibbles = _mm512_set1_epi8(0x0f);
#pragma GCC unroll 4
    for (int i = 0; i < kCodedWords / 2; i++) {
      const __m512i both = _mm512_load_si512(slice + 64 * i);
      words[i] = _mm512_and_si512(both, nibbles);
      words[i + 4] = _mm512_and_si512(_mm512_srli_epi16(both, 4), nibbles);
    }
  }
}

/** Adds one block's products for 16 rows. `x`: the token's words, `step` apart. */
template <TensorType Type>
__m512 add_block(__m512 sum, const __m512i* codes, const Scales<Type>& scales, const CodedGroup& group, size_t block, int token, int step) {
  const int32_t* x = group.words + block * kCodedWords * step + token;
  const float* halves = group.sums + block * 2 * step + token;
  const __m512 unit = _mm512_set1_ps(group.scales[block * step + token]);
  __m512i dots[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
#pragma GCC unroll 4
  for (int word = 0; word < 4; word++) {
    dots[0] = _mm512_dpbusd_epi32(dots[0], codes[word], _mm512_set1_epi32(x[word * step]));
    dots[1] = _mm512_dpbusd_epi32(dots[1], codes[word + 4], _mm512_set1_epi32(x[(word + 4) * step]));
  }
  if constexpr (Scales<Type>::kHalves) {
    for (int half = 0; half < 2; half++) {
      sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dots[half]), _mm512_mul_ps(scales.scale[half], unit), sum);
      sum = _mm512_fnmadd_ps(scales.offset[half], _mm512_set1_ps(halves[half * step]), sum);
    }
    return sum;
  }
  const __m512i both = _mm512_add_epi32(dots[0], dots[1]);
  sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(both), _mm512_mul_ps(scales.scale[0], unit), sum);
  return _mm512_fnmadd_ps(scales.offset[0], _mm512_set1_ps(halves[0] + halves[step]), sum);
}

/** `Slices` times 16 rows of a panel by `Tokens` tokens. `next`: where this thread will probably go on. */
template <TensorType Type, int Slices, int Tokens>
void some_rows(const uint8_t* panel, const uint8_t* next, int blocks, int first_slice, const CodedGroup& group, float* results) {
  constexpr CodedLayout kLayout = coded_layout(Type);
  constexpr size_t kAhead = 4096;
  __m512 sums[Slices][Tokens];
  for (auto& row : sums) {
    for (__m512& sum : row) sum = _mm512_setzero_ps();
  }
  const uint8_t* end = panel + static_cast<size_t>(blocks / kLayout.blocks) * kLayout.run_bytes();
  const uint8_t* header = panel;
  size_t block = 0;
  for (const uint8_t* at = panel; at < end;) {
    header = at;
    at += kLayout.header_bytes();
    for (int i = 0; i < kLayout.blocks; i++, block++, at += kLayout.block_bytes()) {
      if constexpr (Tokens == 1) {
        const uint8_t* ahead = at + kAhead < end ? at + kAhead : next + (at + kAhead - end);
        for (size_t line = 0; line < kLayout.block_bytes(); line += 64) _mm_prefetch(reinterpret_cast<const char*>(ahead + line), _MM_HINT_T0);
      }
#pragma GCC unroll 4
      for (int s = 0; s < Slices; s++) {
        const int slice = first_slice + s;
        __m512i codes[kCodedWords];
        load_codes<Type>(at + slice * kLayout.slice_bytes(), codes);
        const Scales<Type> scales(header, at + kLayout.code_bytes(), slice);
#pragma GCC unroll 12
        for (int t = 0; t < Tokens; t++) sums[s][t] = add_block(sums[s][t], codes, scales, group, block, t, Tokens);
      }
    }
  }
  for (int s = 0; s < Slices; s++) {
    for (int t = 0; t < Tokens; t++) _mm512_storeu_ps(results + t * kPanelRows + (first_slice + s) * kLanes, sums[s][t]);
  }
}

template <TensorType Type, int Tokens>
void one_panel(const uint8_t* panel, const uint8_t* next, int blocks, const CodedGroup& group, float* results) {
  if constexpr (Tokens == 1) {
    some_rows<Type, 4, 1>(panel, next, blocks, 0, group, results);
  } else {
    for (int slice = 0; slice < 4; slice++) some_rows<Type, 1, Tokens>(panel, next, blocks, slice, group, results);
  }
}

using Tile = void (*)(const uint8_t* panel, const uint8_t* next, int blocks, const CodedGroup& group, float* results);

template <TensorType Type>
Tile tile_of(int tokens) {
  static constexpr Tile kTiles[kTileTokens] = {one_panel<Type, 1>, one_panel<Type, 2>, one_panel<Type, 3>,  one_panel<Type, 4>,
                                               one_panel<Type, 5>, one_panel<Type, 6>, one_panel<Type, 7>,  one_panel<Type, 8>,
                                               one_panel<Type, 9>, one_panel<Type, 10>, one_panel<Type, 11>, one_panel<Type, 12>};
  return kTiles[tokens - 1];
}

Tile tile_of(TensorType type, int tokens) {
  switch (type) {
    case TensorType::Q4_0: return tile_of<TensorType::Q4_0>(tokens);
    case TensorType::Q4_K: return tile_of<TensorType::Q4_K>(tokens);
    case TensorType::Q6_K: return tile_of<TensorType::Q6_K>(tokens);
    default: return tile_of<TensorType::Q8_0>(tokens);
  }
}

void store_rows(const CodedMatrix& matrix, int panel, int token, const float* results, float* out) {
  const int first_row = panel * kPanelRows;
  float* target = out + static_cast<size_t>(token) * matrix.rows + first_row;
  for (int row = 0; row < kPanelRows; row += kLanes) {
    _mm512_mask_storeu_ps(target + row, lanes_of(matrix.rows - first_row - row), _mm512_loadu_ps(results + row));
  }
}

/**
 * A product of some tokens, a chunk for each panel and group of tokens, panel by panel: it stays in the cache while the groups pass over it. How many
 * tokens there are is kept here, since a thread that is late sees the activations of the next loop.
 */
struct Panels {
  static_assert(kResultFloats >= kTileTokens * kPanelRows);
  const CodedMatrix* matrix;
  const CodedActivations* activations;
  int tokens;
  int groups;
  int threads;
  float* out;

  int tokens_of(int group) const { return std::min(kTileTokens, tokens - group * kTileTokens); }
  void work(int chunk, float* results) const {
    const int group = chunk % groups;
    const uint8_t* at = matrix->packed + chunk / groups * matrix->panel_bytes();
    const Tile tile = tile_of(matrix->type, tokens_of(group));
    tile(at, at + threads * matrix->panel_bytes(), activations->blocks(), activations->group(group), results);
  }
  void hand_over(int chunk, const float* results) const {
    const int group = chunk % groups;
    for (int t = 0; t < tokens_of(group); t++) {
      store_rows(*matrix, chunk / groups, group * kTileTokens + t, results + t * kPanelRows, out);
    }
  }
};

}  // namespace

void multiply(const CodedMatrix& matrix, const CodedActivations& activations, float* out, Threads& threads) {
  const int groups = activations.groups();
  threads.run_repeatable(matrix.panels() * groups, Panels{&matrix, &activations, activations.tokens, groups, threads.count(), out});
}

}  // namespace ryot
