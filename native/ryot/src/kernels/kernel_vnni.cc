#include <immintrin.h>

#include "kernels/kernels.h"

namespace ryot {
namespace {

/**
 * Weights so far ahead that DRAM has brought them when they are needed: 10 kB. They are fetched into the second cache, since the first one has room for
 * fewer requests under way than two cores need to keep this memory busy: on an Intel of 2023 decoding is a seventh faster than with 6 kB into the first.
 */
constexpr int kAheadSteps = 40;

/**
 * One token. The planes are masked where they stand, not shifted down: plane p then counts 4^p times, and has an accumulator of its own that is
 * divided once at the end. Sums are at most 2 · 64 · 128 · columns / 4, so 32 bits hold half a million columns.
 */
void one_token(const uint8_t* panel, const uint8_t* next, int steps, const int32_t* words, int32_t* out) {
  const __m512i plane0 = _mm512_set1_epi8(0x03);
  const __m512i plane1 = _mm512_set1_epi8(0x0c);
  const __m512i plane2 = _mm512_set1_epi8(0x30);
  const __m512i plane3 = _mm512_set1_epi8(static_cast<char>(0xc0));
  __m512i sums[4][4];
  for (auto& rows : sums) {
    for (__m512i& sum : rows) sum = _mm512_setzero_si512();
  }
  const uint8_t* ahead = steps > kAheadSteps ? panel + kAheadSteps * kStepBytes : next;
  for (int step = 0; step < steps; step++, panel += kStepBytes, ahead += kStepBytes, words += 4) {
    if (step == steps - kAheadSteps) ahead = next;
    const __m512i x0 = _mm512_set1_epi32(words[0]);
    const __m512i x1 = _mm512_set1_epi32(words[1]);
    const __m512i x2 = _mm512_set1_epi32(words[2]);
    const __m512i x3 = _mm512_set1_epi32(words[3]);
#pragma GCC unroll 4
    for (int z = 0; z < 4; z++) {
      _mm_prefetch(reinterpret_cast<const char*>(ahead + 64 * z), _MM_HINT_T1);
      const __m512i codes = _mm512_load_si512(panel + 64 * z);
      sums[z][0] = _mm512_dpbusd_epi32(sums[z][0], _mm512_and_si512(codes, plane0), x0);
      sums[z][1] = _mm512_dpbusd_epi32(sums[z][1], _mm512_and_si512(codes, plane1), x1);
      sums[z][2] = _mm512_dpbusd_epi32(sums[z][2], _mm512_and_si512(codes, plane2), x2);
      sums[z][3] = _mm512_dpbusd_epi32(sums[z][3], _mm512_and_si512(codes, plane3), x3);
    }
  }
#pragma GCC unroll 4
  for (int z = 0; z < 4; z++) {
    const __m512i low = _mm512_add_epi32(sums[z][0], _mm512_srai_epi32(sums[z][1], 2));
    const __m512i high = _mm512_add_epi32(_mm512_srai_epi32(sums[z][2], 4), _mm512_srai_epi32(sums[z][3], 6));
    _mm512_store_si512(out + 16 * z, _mm512_add_epi32(low, high));
  }
}

/** Half a panel, 32 rows, for `Tokens` tokens: each unpacking of two registers feeds all of them. */
template <int Tokens>
void half_panel(const uint8_t* half, int steps, const int32_t* words, int32_t* out) {
  const __m512i mask = _mm512_set1_epi8(0x03);
  __m512i low[Tokens];
  __m512i high[Tokens];
#pragma GCC unroll 12
  for (int t = 0; t < Tokens; t++) low[t] = high[t] = _mm512_setzero_si512();
  for (int step = 0; step < steps; step++, half += kStepBytes) {
    __m512i codes_low = _mm512_load_si512(half);
    __m512i codes_high = _mm512_load_si512(half + 64);
#pragma GCC unroll 4
    for (int plane = 0; plane < 4; plane++, words += Tokens) {
      const __m512i u_low = _mm512_and_si512(codes_low, mask);
      const __m512i u_high = _mm512_and_si512(codes_high, mask);
      // Bits that cross into the next byte are masked away before they are used.
      codes_low = _mm512_srli_epi32(codes_low, 2);
      codes_high = _mm512_srli_epi32(codes_high, 2);
#pragma GCC unroll 12
      for (int t = 0; t < Tokens; t++) {
        const __m512i x = _mm512_set1_epi32(words[t]);
        low[t] = _mm512_dpbusd_epi32(low[t], u_low, x);
        high[t] = _mm512_dpbusd_epi32(high[t], u_high, x);
      }
    }
  }
#pragma GCC unroll 12
  for (int t = 0; t < Tokens; t++) {
    _mm512_store_si512(out + t * kPanelRows, low[t]);
    _mm512_store_si512(out + t * kPanelRows + 16, high[t]);
  }
}

template <int Tokens>
void both_halves(const uint8_t* panel, const uint8_t*, int steps, const int32_t* words, int32_t* out) {
  half_panel<Tokens>(panel, steps, words, out);
  half_panel<Tokens>(panel + 128, steps, words, out + 32);
}

using Tile = void (*)(const uint8_t*, const uint8_t*, int, const int32_t*, int32_t*);

void panel_vnni(const uint8_t* panel, const uint8_t* next, int steps, const int32_t* words, int tokens, int32_t* out) {
  static constexpr Tile kTiles[kTileTokens] = {
      one_token,      both_halves<2>, both_halves<3>, both_halves<4>,  both_halves<5>,  both_halves<6>,
      both_halves<7>, both_halves<8>, both_halves<9>, both_halves<10>, both_halves<11>, both_halves<12>,
  };
  kTiles[tokens - 1](panel, next, steps, words, out);
}

}  // namespace

const TernaryKernel kVnniKernel = {"vnni", panel_vnni};

}  // namespace ryot
