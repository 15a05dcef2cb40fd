#include "measure.h"

#include <immintrin.h>

#include <chrono>
#include <functional>
#include <random>
#include <vector>

#include "error.h"
#include "kernels.h"

namespace ryot {
namespace {

double seconds_of(const std::function<void()>& run) {
  const auto begin = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TernaryMatrix random_matrix(const KernelTest& test, Arena& arena, std::mt19937& random) {
  const auto [rows, columns] = std::pair(test.rows, test.columns);
  TernaryMatrix matrix = make_ternary(rows, columns, test.block_scales ? ScaleSpan::Block : ScaleSpan::Row, arena);
  for (size_t i = 0; i < matrix.scale_count(); i++) matrix.scales[i] = static_cast<float>(1 + random() % 100) / 64;
  std::vector<uint8_t> codes(static_cast<size_t>(columns));
  for (int row = 0; row < rows; row++) {
    for (uint8_t& code : codes) code = static_cast<uint8_t>(random() % 3);
    pack_row(matrix, row, codes.data());
  }
  return matrix;
}

std::vector<float> random_values(size_t count, std::mt19937& random) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(static_cast<int>(random() % 20001) - 10000) / 3000;
  return values;
}

}  // namespace

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
  Activations activations = make_activations(test.tokens, test.columns, test.scaling);
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

int count_differences(const KernelTest& test) {
  std::mt19937 random(static_cast<uint32_t>(test.seed));
  Arena arena;
  const TernaryMatrix matrix = random_matrix(test, arena, random);
  const std::vector<float> values = random_values(static_cast<size_t>(test.tokens) * test.columns, random);
  Activations expected = make_activations(test.tokens, test.columns, test.scaling);
  Activations found = make_activations(test.tokens, test.columns, test.scaling);
  // Behind what late threads still read.
  Threads threads(test.threads);
  quantise_scalar(values.data(), test.tokens, test.columns, expected);
  quantise(values.data(), test.tokens, test.columns, found, threads);
  int differences = 0;
  for (size_t i = 0; i < expected.words.size(); i++) differences += expected.words[i] != found.words[i];
  for (size_t i = 0; i < expected.sums.size(); i++) differences += expected.sums[i] != found.sums[i] || expected.scales[i] != found.scales[i];
  for (int i = 0; i < test.tokens; i++) differences += expected.totals[i] != found.totals[i];
  std::vector<float> right(static_cast<size_t>(test.tokens) * test.rows);
  std::vector<float> out(right.size());
  const TernaryKernel& kernel = kernel_named(test.kernel);
  multiply({&kScalarKernel, &kScalarKernel}, {{&matrix, right.data(), static_cast<size_t>(test.rows), 1}}, expected, threads);
  multiply({&kernel, &kernel}, {{&matrix, out.data(), static_cast<size_t>(test.rows), 1}}, found, threads);
  for (size_t i = 0; i < out.size(); i++) differences += out[i] != right[i];
  return differences;
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
