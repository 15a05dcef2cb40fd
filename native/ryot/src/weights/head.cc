#include "weights/head.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <vector>

#include "common/vector_math.h"
#include "weights/k_quants.h"
#include "weights/ternary.h"
#include "weights/values.h"

namespace ryot {
namespace {

/** As far ahead as the ternary kernel's, and for the same reason. */
constexpr int kPrefetchBytes = 12 << 10;

int padded(int columns) { return (columns + kStepColumns - 1) / kStepColumns * kStepColumns; }
int panels_of(int rows) { return (rows + kPanelRows - 1) / kPanelRows; }

void store_rows(const float* result, int panel, int rows, float* out) {
  for (int at = 0; at < kPanelRows; at += kLanes) {
    const int row = panel * kPanelRows + at;
    _mm512_mask_storeu_ps(out + row, lanes_of(rows - row), _mm512_loadu_ps(result + at));
  }
}

ByteMatrix read_bytes(const Tensor& tensor, const Loading& loading) {
  ByteMatrix matrix;
  matrix.rows = tensor.rows;
  matrix.columns = tensor.columns;
  const size_t columns = static_cast<size_t>(padded(tensor.columns));
  const size_t rows = static_cast<size_t>(panels_of(tensor.rows)) * kPanelRows;
  matrix.packed = Buffer<int8_t>(rows * columns, Pages::Huge);
  matrix.scales = Buffer<float>(rows);
  matrix.sums = Buffer<int32_t>(rows);
  std::atomic<bool> broken{false};
  loading.run(panels_of(tensor.rows), [&](int panel) {
    int8_t* target = matrix.packed.data() + static_cast<size_t>(panel) * kPanelRows * columns;
    std::memset(target, 0, kPanelRows * columns);
    std::vector<float> values(columns);
    for (int r = 0; r < kPanelRows; r++) {
      const int row = panel * kPanelRows + r;
      matrix.scales[row] = 0;
      matrix.sums[row] = 0;
      if (row >= tensor.rows) continue;
      read_row(tensor, row, values.data());
      float largest = 0;
      for (int i = 0; i < tensor.columns; i++) {
        if (!std::isfinite(values[i])) broken = true;
        largest = std::max(largest, std::fabs(values[i]));
      }
      if (largest == 0 || broken) continue;
      matrix.scales[row] = largest / 127;
      for (int i = 0; i < tensor.columns; i++) {
        // Divided first: 127 / largest is infinite for the smallest numbers.
        const auto rounded = static_cast<int8_t>(std::nearbyint(values[i] / largest * 127));
        target[static_cast<size_t>(i / 4) * kPanelRows * 4 + r * 4 + i % 4] = rounded;
        matrix.sums[row] += rounded;
      }
    }
  });
  if (broken) throw not_numbers(tensor);
  return matrix;
}

/** 64 rows of a matrix of bytes by one token. */
struct ByteRows {
  static_assert(kResultFloats >= kPanelRows);
  const ByteMatrix* matrix;
  const Activations* activations;
  float* out;

  void work(int panel, float* result) const {
    const int words = padded(matrix->columns) / 4;
    const int8_t* weights = matrix->packed.data() + static_cast<size_t>(panel) * words * kPanelRows * 4;
    // vpdpbusd wants one unsigned side: the activations, shifted by 128.
    const __m512i shift = _mm512_set1_epi8(static_cast<char>(0x80));
    __m512i sums[8];
    for (__m512i& sum : sums) sum = _mm512_setzero_si512();
    for (int word = 0; word < words; word += 2, weights += 512) {
      const __m512i x0 = _mm512_xor_si512(_mm512_set1_epi32(activations->words[word]), shift);
      const __m512i x1 = _mm512_xor_si512(_mm512_set1_epi32(activations->words[word + 1]), shift);
#pragma GCC unroll 4
      for (int z = 0; z < 4; z++) {
        _mm_prefetch(reinterpret_cast<const char*>(weights + kPrefetchBytes + 64 * z), _MM_HINT_T1);
        _mm_prefetch(reinterpret_cast<const char*>(weights + kPrefetchBytes + 256 + 64 * z), _MM_HINT_T1);
        sums[z] = _mm512_dpbusd_epi32(sums[z], x0, _mm512_load_si512(weights + 64 * z));
        sums[z + 4] = _mm512_dpbusd_epi32(sums[z + 4], x1, _mm512_load_si512(weights + 256 + 64 * z));
      }
    }
    const __m512 unit = _mm512_set1_ps(activations->scales[0]);
    for (int z = 0; z < 4; z++) {
      const size_t row = static_cast<size_t>(panel) * kPanelRows + z * kLanes;
      const __m512i shifted = _mm512_slli_epi32(_mm512_loadu_si512(matrix->sums.data() + row), 7);
      const __m512 product = _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_add_epi32(sums[z], sums[z + 4]), shifted));
      _mm512_storeu_ps(result + z * kLanes, _mm512_mul_ps(_mm512_mul_ps(product, _mm512_loadu_ps(matrix->scales.data() + row)), unit));
    }
  }

  void hand_over(int panel, const float* result) const { store_rows(result, panel, matrix->rows, out); }
};

// Q6_K: 128 bytes of low nibbles, 64 of upper bits, 16 scales of 16 values each, one half for the block.
constexpr size_t kFileBlock = 210;
constexpr int kBlockSteps = kBlockColumns / kStepColumns;
/** Of a step: for each 16 rows two registers of nibbles and one of upper bits. */
constexpr size_t kSixStep = 4 * 3 * 64;
constexpr size_t kSixBlock = kPanelRows * 4 + kBlockSteps * (kPanelRows + kSixStep);

/** One row's block; false where its scale is no number. */
bool pack_block(const uint8_t* block, uint8_t* target, int r) {
  uint8_t codes[kBlockColumns];
  codes_of_q6_k(block, codes);
  const float scale = half_to_float(static_cast<uint16_t>(block[208] | block[209] << 8));
  std::memcpy(target + static_cast<size_t>(r) * 4, &scale, 4);
  target += kPanelRows * 4;
  for (int step = 0; step < kBlockSteps; step++, target += kPanelRows + kSixStep) {
    target[r] = block[192 + step];
    uint32_t words[4];
    std::memcpy(words, codes + step * kStepColumns, sizeof(words));
    const uint32_t nibbles = 0x0f0f0f0f;
    const uint32_t packed[3] = {
        (words[0] & nibbles) | (words[1] & nibbles) << 4, (words[2] & nibbles) | (words[3] & nibbles) << 4,
        (words[0] >> 4 & 0x03030303) | (words[1] >> 2 & 0x0c0c0c0c) | (words[2] & 0x30303030) | (words[3] << 2 & 0xc0c0c0c0)};
    uint8_t* rows = target + kPanelRows + static_cast<size_t>(r / kLanes) * 3 * 64 + static_cast<size_t>(r % kLanes) * 4;
    for (int part = 0; part < 3; part++) std::memcpy(rows + static_cast<size_t>(part) * 64, packed + part, 4);
  }
  return std::isfinite(scale);
}

SixBitMatrix read_six_bits(const Tensor& tensor, const Loading& loading) {
  SixBitMatrix matrix;
  matrix.rows = tensor.rows;
  matrix.columns = tensor.columns;
  const int blocks = tensor.columns / kBlockColumns;
  const size_t panel_bytes = static_cast<size_t>(blocks) * kSixBlock;
  matrix.packed = Buffer<uint8_t>(static_cast<size_t>(panels_of(tensor.rows)) * panel_bytes, Pages::Huge);
  std::atomic<bool> broken{false};
  loading.run(panels_of(tensor.rows), [&](int panel) {
    uint8_t* target = matrix.packed.data() + static_cast<size_t>(panel) * panel_bytes;
    const int rows = tensor.rows - panel * kPanelRows;
    if (rows < kPanelRows) std::memset(target, 0, panel_bytes);
    for (int r = 0; r < kPanelRows && r < rows; r++) {
      const uint8_t* row = tensor.data + (static_cast<size_t>(panel) * kPanelRows + r) * blocks * kFileBlock;
      for (int block = 0; block < blocks; block++) {
        if (!pack_block(row + block * kFileBlock, target + block * kSixBlock, r)) broken = true;
      }
    }
  });
  if (broken) throw not_numbers(tensor);
  return matrix;
}

/** 64 rows of a matrix of 6 bits by one token. */
struct SixBitRows {
  const SixBitMatrix* matrix;
  const HeadInput* input;
  float* out;

  void work(int panel, float* result) const {
    const int blocks = matrix->columns / kBlockColumns;
    const uint8_t* at = matrix->packed.data() + static_cast<size_t>(panel) * blocks * kSixBlock;
    const int32_t* words = input->activations.words.data();
    const int32_t* shifts = input->shifts.data();
    const __m512i nibbles = _mm512_set1_epi8(0x0f);
    const __m512i upper = _mm512_set1_epi8(0x30);
    __m512 results[4];
    for (__m512& result : results) result = _mm512_setzero_ps();
    for (int block = 0; block < blocks; block++) {
      const float* scales = reinterpret_cast<const float*>(at);
      at += kPanelRows * 4;
      __m512i sums[4];
      for (__m512i& sum : sums) sum = _mm512_setzero_si512();
      for (int step = 0; step < kBlockSteps; step++, words += 4, at += kPanelRows + kSixStep) {
        const __m512i x0 = _mm512_set1_epi32(words[0]);
        const __m512i x1 = _mm512_set1_epi32(words[1]);
        const __m512i x2 = _mm512_set1_epi32(words[2]);
        const __m512i x3 = _mm512_set1_epi32(words[3]);
        const __m512i shift = _mm512_set1_epi32(*shifts++);
#pragma GCC unroll 4
        for (int z = 0; z < 4; z++) {
          const uint8_t* codes = at + kPanelRows + z * 3 * 64;
          for (int line = 0; line < 3; line++) {
            _mm_prefetch(reinterpret_cast<const char*>(codes + kPrefetchBytes + 64 * line), _MM_HINT_T1);
          }
          const __m512i low0 = _mm512_load_si512(codes);
          const __m512i low1 = _mm512_load_si512(codes + 64);
          const __m512i high = _mm512_load_si512(codes + 128);
          // (high & upper) | nibble: bits that a shift brings over from the next byte are masked away.
          const auto join = [&](__m512i bits, __m512i low) {
            return _mm512_ternarylogic_epi32(_mm512_and_si512(low, nibbles), bits, upper, 0xf8);
          };
          __m512i sum = _mm512_dpbusd_epi32(shift, join(_mm512_slli_epi32(high, 4), low0), x0);
          __m512i other = _mm512_dpbusd_epi32(_mm512_setzero_si512(), join(_mm512_slli_epi32(high, 2), _mm512_srli_epi32(low0, 4)), x1);
          sum = _mm512_dpbusd_epi32(sum, join(high, low1), x2);
          other = _mm512_dpbusd_epi32(other, join(_mm512_srli_epi32(high, 2), _mm512_srli_epi32(low1, 4)), x3);
          const __m512i scale = _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at + z * kLanes)));
          sums[z] = _mm512_add_epi32(sums[z], _mm512_mullo_epi32(_mm512_add_epi32(sum, other), scale));
        }
      }
      const __m512 unit = _mm512_set1_ps(input->activations.scales[block]);
      for (int z = 0; z < 4; z++) {
        const __m512 scale = _mm512_mul_ps(_mm512_loadu_ps(scales + z * kLanes), unit);
        results[z] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[z]), scale, results[z]);
      }
    }
    for (int z = 0; z < 4; z++) _mm512_storeu_ps(result + z * kLanes, results[z]);
  }

  void hand_over(int panel, const float* result) const { store_rows(result, panel, matrix->rows, out); }
};

}  // namespace

Head read_head(const Tensor& tensor, HeadKind kind, const Loading& loading) {
  if (kind != HeadKind::Floats && tensor.type == TensorType::Q6_K) return read_six_bits(tensor, loading);
  if (kind != HeadKind::Fast) return read_dense(tensor, kind == HeadKind::Lossless ? Floats::Lossless : Floats::Compact, loading);
  return read_bytes(tensor, loading);
}

size_t bytes_of(const Head& head) {
  if (const auto* bytes = std::get_if<ByteMatrix>(&head)) return bytes->packed.size();
  if (const auto* six = std::get_if<SixBitMatrix>(&head)) return six->packed.size();
  return bytes_of(std::get<DenseMatrix>(head));
}

HeadInput make_head_input(int columns, Scaling scaling) {
  HeadInput input;
  input.activations = make_activations(1, columns, scaling);
  input.shifts = Buffer<int32_t>(static_cast<size_t>(padded(columns) / kStepColumns));
  return input;
}

void multiply(const Head& head, const float* values, HeadInput& input, float* out, Threads& threads) {
  if (const auto* dense = std::get_if<DenseMatrix>(&head)) {
    multiply(*dense, values, 1, static_cast<size_t>(dense->columns), out, static_cast<size_t>(dense->rows), threads);
    return;
  }
  quantise(values, 1, static_cast<size_t>(input.activations.columns), input.activations, threads);
  if (const auto* bytes = std::get_if<ByteMatrix>(&head)) {
    threads.run_repeatable(panels_of(bytes->rows), ByteRows{bytes, &input.activations, out});
    return;
  }
  const auto& six = std::get<SixBitMatrix>(head);
  for (size_t i = 0; i < input.shifts.size(); i++) input.shifts[i] = 0;
  for (int i = 0; i < six.columns; i++) {
    input.shifts[i / kStepColumns] -= 32 * static_cast<int8_t>(static_cast<uint32_t>(input.activations.words[i / 4]) >> (i % 4 * 8));
  }
  threads.run_repeatable(panels_of(six.rows), SixBitRows{&six, &input, out});
}

}  // namespace ryot
