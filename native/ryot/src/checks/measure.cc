#include "checks/measure.h"

#include <immintrin.h>
#include <time.h>

#include <chrono>
#include <functional>
#include <vector>

#include "checks/random_data.h"
#include "common/error.h"
#include "kernels/kernels.h"

namespace ryot {
namespace {

double seconds_of(const std::function<void()>& run) {
  const auto begin = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

double thread_seconds() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

Measured measure_kernel(const KernelTest& test) {
  const TernaryKernel& kernel = kernel_named(test.kernel);
  std::mt19937 random(static_cast<uint32_t>(test.seed));
  const KernelChoice kernels = {&kernel, &kernel};
  Arena arena;
  std::vector<TernaryMatrix> matrices;
  for (int i = 0; i < test.matrices; i++) {
    matrices.push_back(make_ternary(test.rows, test.columns, ScaleSpan::Matrix, arena));
    // What the weights are does not matter for the time; that each page is there does.
    for (size_t at = 0; at < matrices[i].packed_bytes(); at += 512) matrices[i].packed[at] = static_cast<uint8_t>(random() & 0x55);
  }
  const std::vector<float> values = random_values(static_cast<size_t>(test.tokens) * test.columns, random);
  Activations activations = make_activations(test.tokens, test.columns, Scaling::Token);
  // Behind what late threads still read.
  Threads threads(test.threads);
  quantise(values.data(), test.tokens, test.columns, activations, threads);
  std::vector<float> out(static_cast<size_t>(test.tokens) * test.rows);
  Measured measured;
  measured.seconds = seconds_of([&] {
    for (const TernaryMatrix& matrix : matrices) {
      multiply(kernels, {{&matrix, out.data(), static_cast<size_t>(test.rows), 1}}, activations, threads);
    }
  });
  for (const TernaryMatrix& matrix : matrices) measured.bytes += static_cast<double>(matrix.packed_bytes());
  measured.multiplications = static_cast<double>(test.matrices) * test.rows * test.columns * test.tokens;
  return measured;
}

Measured measure_reading(double bytes, int count) {
  constexpr int kChunks = 256;
  Threads threads(count);
  const size_t per_chunk = static_cast<size_t>(bytes) / kChunks / 64 * 64;
  Buffer<uint8_t> memory(per_chunk * kChunks, Pages::Huge);
  for (size_t i = 0; i < memory.size(); i += 512) memory[i] = static_cast<uint8_t>(i);
  std::vector<int> sums(kChunks);
  Measured measured;
  measured.bytes = static_cast<double>(memory.size());
  measured.seconds = seconds_of([&] {
    threads.run(kChunks, [&](int chunk) {
      __m512i sum[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
      const uint8_t* at = memory.data() + per_chunk * chunk;
      for (size_t i = 0; i + 256 <= per_chunk; i += 256) {
        for (int z = 0; z < 4; z++) sum[z] = _mm512_add_epi32(sum[z], _mm512_load_si512(at + i + 64 * z));
      }
      sums[chunk] = _mm512_reduce_add_epi32(_mm512_add_epi32(_mm512_add_epi32(sum[0], sum[1]), _mm512_add_epi32(sum[2], sum[3])));
    });
  });
  return measured;
}

Measured measure_multiplying(int count) {
  constexpr int kChunks = 64;
  constexpr int kRepetitions = 20000;
  constexpr int kSums = 16;
  Threads threads(count);
  std::vector<int> totals(kChunks);
  Measured measured;
  measured.multiplications = double{kChunks} * kRepetitions * kSums * 64;
  measured.seconds = seconds_of([&] {
    threads.run(kChunks, [&](int chunk) {
      // Enough sums to hide how long one addition takes. The factors are not known to the compiler, so nothing can be worked out beforehand.
      const __m512i a = _mm512_set1_epi32(chunk);
      const __m512i b = _mm512_set1_epi32(chunk + count);
      __m512i sums[kSums];
#pragma GCC unroll 16
      for (int i = 0; i < kSums; i++) sums[i] = _mm512_set1_epi32(i);
      for (int repetition = 0; repetition < kRepetitions; repetition++) {
#pragma GCC unroll 16
        for (int i = 0; i < kSums; i++) sums[i] = _mm512_dpbusd_epi32(sums[i], a, b);
      }
      __m512i total = _mm512_setzero_si512();
#pragma GCC unroll 16
      for (int i = 0; i < kSums; i++) total = _mm512_add_epi32(total, sums[i]);
      totals[chunk] = _mm512_reduce_add_epi32(total);
    });
  });
  return measured;
}

}  // namespace ryot
