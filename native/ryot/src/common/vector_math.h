#pragma once

#include <immintrin.h>

#include <cstdint>
#include <initializer_list>

namespace ryot {

constexpr int kLanes = 16;

/** The lanes that hold something where `left` values are left. */
inline __mmask16 lanes_of(int left) { return static_cast<__mmask16>(left >= kLanes ? 0xffff : (1 << (left < 0 ? 0 : left)) - 1); }

inline __m512 load_halves(const uint16_t* from) { return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))); }

inline void store_halves(uint16_t* into, __m512 values) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(into), _mm512_cvtps_ph(values, _MM_FROUND_TO_NEAREST_INT));
}

/**
 * e^x, to about two units in the last place: x = n·ln 2 + r with |r| ≤ ln 2 / 2, and a Taylor series of degree 7 for e^r. Below -87 it goes to
 * 0, above 88 to infinity; not a number stays one.
 */
inline __m512 exp_of(__m512 x) {
  const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  // ln 2 in two parts, so that r keeps all its bits.
  __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693145752f), x);
  r = _mm512_fnmadd_ps(n, _mm512_set1_ps(1.42860677e-6f), r);
  __m512 sum = _mm512_set1_ps(1.0f / 5040);
  for (const float term : {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f}) sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(term));
  return _mm512_scalef_ps(sum, n);
}

}  // namespace ryot
