#include <immintrin.h>

#include "kernels/kernels.h"

namespace ryot {
namespace {

/**
 * All sums that two columns can add, for the four pairs of columns that the bytes of a word hold: entry 16j + n is what nibble n of byte j
 * adds. Sums need 16 bits: a table for the low bytes and one for the high ones.
 */
struct Table {
  __m512i low;
  __m512i high;
};

/** `even`, `odd`: a word of four columns each, of the plane in the nibble's lower and upper half. */
Table table_of(int32_t even, int32_t odd) {
  // Bytes j and j + 1 of a word as 16-bit numbers, 16 times each: entries 16j..16j+31.
  const auto spread = [](int32_t word, short j) {
    const __m512i which = _mm512_inserti64x4(_mm512_set1_epi16(j), _mm256_set1_epi16(static_cast<short>(j + 1)), 1);
    return _mm512_permutexvar_epi16(which, _mm512_castsi128_si512(_mm_cvtepi8_epi16(_mm_cvtsi32_si128(word))));
  };
  // Nibble n stands for code n & 3 of the even column and code n >> 2 of the odd one.
  const __m512i evens = _mm512_broadcast_i64x4(_mm256_set_epi16(3, 2, 1, 0, 3, 2, 1, 0, 3, 2, 1, 0, 3, 2, 1, 0));
  const __m512i odds = _mm512_broadcast_i64x4(_mm256_set_epi16(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0));
  __m512i sums[2];
  for (short half = 0; half < 2; half++) {
    const auto j = static_cast<short>(2 * half);
    sums[half] = _mm512_add_epi16(_mm512_mullo_epi16(spread(even, j), evens), _mm512_mullo_epi16(spread(odd, j), odds));
  }
  const auto bytes = [&](int shift) {
    const __m256i first = _mm512_cvtepi16_epi8(_mm512_srli_epi16(sums[0], shift));
    const __m256i second = _mm512_cvtepi16_epi8(_mm512_srli_epi16(sums[1], shift));
    return _mm512_inserti64x4(_mm512_castsi256_si512(first), second, 1);
  };
  return {bytes(0), bytes(8)};
}

/**
 * Look-up tables in place of multiplications, as in T-MAC (Wei et al. 2024, arXiv 2407.00088), but exact: two codes are a nibble, which with the
 * number of its byte is an index into a table of 64 sums that is one register (vpermb).
 */
void panel_table(const uint8_t* panel, const uint8_t*, int steps, const int32_t* words, int tokens, int32_t* out) {
  const __m512i nibble = _mm512_set1_epi8(0x0f);
  const __m512i byte = _mm512_set1_epi32(0x30201000);
  const __m512i ones = _mm512_set1_epi8(1);
  for (int token = 0; token < tokens; token++) {
    __m512i low[4];
    __m512i high[4];
    for (int z = 0; z < 4; z++) low[z] = high[z] = _mm512_setzero_si512();
    const uint8_t* codes = panel;
    const int32_t* word = words + token;
    for (int step = 0; step < steps; step++, codes += kStepBytes, word += 4 * tokens) {
      const Table first = table_of(word[0], word[tokens]);
      const Table second = table_of(word[2 * tokens], word[3 * tokens]);
#pragma GCC unroll 4
      for (int z = 0; z < 4; z++) {
        _mm_prefetch(reinterpret_cast<const char*>(codes + 2048 + 64 * z), _MM_HINT_T1);
        const __m512i four = _mm512_load_si512(codes + 64 * z);
        // byte | (codes & nibble), and the same of the upper half.
        const __m512i lower = _mm512_ternarylogic_epi32(byte, four, nibble, 0xf8);
        const __m512i upper = _mm512_ternarylogic_epi32(byte, _mm512_srli_epi32(four, 4), nibble, 0xf8);
        low[z] = _mm512_dpbusd_epi32(low[z], _mm512_permutexvar_epi8(lower, first.low), ones);
        high[z] = _mm512_dpbusd_epi32(high[z], ones, _mm512_permutexvar_epi8(lower, first.high));
        low[z] = _mm512_dpbusd_epi32(low[z], _mm512_permutexvar_epi8(upper, second.low), ones);
        high[z] = _mm512_dpbusd_epi32(high[z], ones, _mm512_permutexvar_epi8(upper, second.high));
      }
    }
    for (int z = 0; z < 4; z++) {
      _mm512_store_si512(out + token * kPanelRows + 16 * z, _mm512_add_epi32(low[z], _mm512_slli_epi32(high[z], 8)));
    }
  }
}

}  // namespace

const TernaryKernel kTableKernel = {"table", panel_table};

}  // namespace ryot
