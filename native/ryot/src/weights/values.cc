#include "weights/values.h"

#include <immintrin.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <vector>

#include "weights/k_quants.h"

namespace ryot {

float half_to_float(uint16_t half) { return _cvtsh_ss(half); }
uint16_t float_to_half(float value) { return _cvtss_sh(value, _MM_FROUND_TO_NEAREST_INT); }

namespace {

/** Values a block of TQ1_0, TQ2_0, Q4_K, Q6_K. */
constexpr int kSuperBlock = kBlockColumns;

uint16_t load16(const uint8_t* data) { return static_cast<uint16_t>(data[0] | data[1] << 8); }

/** Codes of one TQ2_0 block: byte m of each 32-byte half holds weights m, m+32, m+64, m+96 at shifts 0, 2, 4, 6. */
void codes_tq2_0(const uint8_t* block, uint8_t* codes) {
  for (int half = 0; half < 2; half++) {
    for (int shift = 0; shift < 4; shift++) {
      for (int m = 0; m < 32; m++) codes[half * 128 + shift * 32 + m] = block[half * 32 + m] >> (2 * shift) & 3;
    }
  }
}

/** Codes of one TQ1_0 block: base-3 digits scaled to 256, five a byte in 48 bytes, then four a byte in 4 bytes. */
void codes_tq1_0(const uint8_t* block, uint8_t* codes) {
  static constexpr uint8_t kPowers[5] = {1, 3, 9, 27, 81};
  const auto digit = [](uint8_t byte, int n) { return static_cast<uint8_t>(static_cast<uint8_t>(byte * kPowers[n]) * 3 >> 8); };
  for (int n = 0; n < 5; n++) {
    for (int m = 0; m < 32; m++) codes[n * 32 + m] = digit(block[m], n);
  }
  for (int n = 0; n < 5; n++) {
    for (int m = 0; m < 16; m++) codes[160 + n * 16 + m] = digit(block[32 + m], n);
  }
  for (int n = 0; n < 4; n++) {
    for (int m = 0; m < 4; m++) codes[240 + n * 4 + m] = digit(block[48 + m], n);
  }
}

/** Codes of 128 weights of I2_S: byte m holds weights m, m+32, m+64, m+96 at shifts 6, 4, 2, 0. */
void codes_i2_s(const uint8_t* block, uint8_t* codes) {
  for (int n = 0; n < 4; n++) {
    for (int m = 0; m < 32; m++) codes[n * 32 + m] = block[m] >> (6 - 2 * n) & 3;
  }
}

size_t block_bytes(TensorType type) { return type == TensorType::TQ1_0 ? 54 : 66; }

const uint8_t* row_data(const Tensor& tensor, int row) {
  const size_t bytes = tensor.type == TensorType::I2_S ? tensor.bytes - 32 : tensor.bytes;
  return tensor.data + bytes / static_cast<size_t>(tensor.rows) * static_cast<size_t>(row);
}

float i2_s_scale(const Tensor& tensor) {
  float scale;
  std::memcpy(&scale, tensor.data + tensor.bytes - 32, sizeof(scale));
  return scale;
}

bool has_blocks(TensorType type) { return type == TensorType::TQ1_0 || type == TensorType::TQ2_0; }

/** One row's codes and the scale of each of its blocks, for the types that have blocks. */
void read_block_codes(const Tensor& tensor, int row, uint8_t* codes, uint16_t* scales) {
  const uint8_t* data = row_data(tensor, row);
  const size_t bytes = block_bytes(tensor.type);
  for (int block = 0; block < tensor.columns / kSuperBlock; block++, data += bytes, codes += kSuperBlock) {
    (tensor.type == TensorType::TQ1_0 ? codes_tq1_0 : codes_tq2_0)(data, codes);
    scales[block] = load16(data + bytes - 2);
    // A block of zeros may carry any scale; quantisers write 0 there.
    if (scales[block] == 0) std::memset(codes, 1, kSuperBlock);
  }
}

/** One row's codes where it has one scale, which is returned; NaN where the row is not ternary. */
float read_row_codes(const Tensor& tensor, int row, uint8_t* codes, std::vector<float>& scratch) {
  if (tensor.type == TensorType::I2_S) {
    const uint8_t* data = row_data(tensor, row);
    for (int at = 0; at < tensor.columns; at += 128) codes_i2_s(data + at / 4, codes + at);
    return i2_s_scale(tensor);
  }
  scratch.resize(static_cast<size_t>(tensor.columns));
  read_row(tensor, row, scratch.data());
  float scale = 0;
  for (int i = 0; i < tensor.columns; i++) {
    const float size = std::fabs(scratch[i]);
    if (std::isnan(size) || (size != 0 && scale != 0 && size != scale)) return NAN;
    if (size != 0) scale = size;
    codes[i] = static_cast<uint8_t>(1 + (scratch[i] > 0) - (scratch[i] < 0));
  }
  return scale;
}

/** Whether all blocks of a row have one scale, but for blocks of zeros; every row must for the matrix to need but one a row. */
bool one_scale_a_row(const Tensor& tensor) {
  const size_t bytes = block_bytes(tensor.type);
  for (int row = 0; row < tensor.rows; row++) {
    const uint8_t* data = row_data(tensor, row);
    uint16_t scale = 0;
    for (int block = 0; block < tensor.columns / kSuperBlock; block++, data += bytes) {
      const uint16_t own = load16(data + bytes - 2);
      if (own != 0 && scale != 0 && own != scale) return false;
      if (own != 0) scale = own;
    }
  }
  return true;
}

ScaleSpan span_of(const Tensor& tensor) {
  if (tensor.type == TensorType::I2_S) return ScaleSpan::Matrix;
  return has_blocks(tensor.type) && !one_scale_a_row(tensor) ? ScaleSpan::Block : ScaleSpan::Row;
}

/** Code 3 stands for nothing in any of the formats: a file that holds it is wrong, or of another layout that goes by the same number. */
bool all_codes(const std::vector<uint8_t>& codes) {
  uint8_t largest = 0;
  for (const uint8_t code : codes) largest = code > largest ? code : largest;
  return largest <= 2;
}

void read_q4_k(const uint8_t* block, float* into) {
  const float scale = half_to_float(load16(block));
  const float least = half_to_float(load16(block + 2));
  const FourBitScales scales = scales_of_q4_k(block);
  uint8_t codes[kSuperBlock];
  codes_of_q4_k(block, codes);
  for (int i = 0; i < kSuperBlock; i++) {
    into[i] = scale * static_cast<float>(scales.scales[i / 32] * codes[i]) - least * static_cast<float>(scales.offsets[i / 32]);
  }
}

void read_q6_k(const uint8_t* block, float* into) {
  const auto* scales = reinterpret_cast<const int8_t*>(block + 192);
  const float scale = half_to_float(load16(block + 208));
  uint8_t codes[kSuperBlock];
  codes_of_q6_k(block, codes);
  for (int i = 0; i < kSuperBlock; i++) into[i] = scale * static_cast<float>(scales[i / 16]) * static_cast<float>(codes[i] - 32);
}

}  // namespace

Error not_numbers(const TensorForm& tensor) { return Error("MODEL_INVALID", "tensor " + tensor.name + " holds values that are no numbers"); }

namespace {

/** Rounds a block to integers of 8 bits and back. */
void round_block(const float* values, int count, bool half_scale, float* into) {
  float largest = 0;
  for (int i = 0; i < count; i++) largest = std::fabs(values[i]) > largest ? std::fabs(values[i]) : largest;
  const float unit = largest / 127;
  const float worth = half_scale ? half_to_float(float_to_half(unit)) : unit;
  for (int i = 0; i < count; i++) into[i] = largest == 0 ? 0 : std::nearbyint(values[i] * (127 / largest)) * worth;
}

}  // namespace

void round_as_llama_cpp(TensorType weights, const float* values, int count, float* into) {
  const bool small_blocks = weights == TensorType::Q8_0 || weights == TensorType::Q4_0;
  if (small_blocks || weights == TensorType::Q4_K || weights == TensorType::Q6_K) {
    const int size = small_blocks ? 32 : kSuperBlock;
    for (int at = 0; at < count; at += size) round_block(values + at, size < count - at ? size : count - at, small_blocks, into + at);
    return;
  }
  for (int i = 0; i < count; i++) {
    into[i] = weights == TensorType::F16 ? half_to_float(float_to_half(values[i])) : values[i];
    if (weights != TensorType::BF16) continue;
    uint32_t bits;
    std::memcpy(&bits, values + i, 4);
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
    std::memcpy(into + i, &bits, 4);
  }
}

void read_row(const Tensor& tensor, int row, float* into) {
  const uint8_t* data = row_data(tensor, row);
  const int columns = tensor.columns;
  switch (tensor.type) {
    case TensorType::F32:
      std::memcpy(into, data, static_cast<size_t>(columns) * 4);
      return;
    case TensorType::F16:
      for (int i = 0; i < columns; i++) into[i] = half_to_float(load16(data + 2 * i));
      return;
    case TensorType::BF16:
      for (int i = 0; i < columns; i++) {
        const uint32_t bits = static_cast<uint32_t>(load16(data + 2 * i)) << 16;
        std::memcpy(into + i, &bits, 4);
      }
      return;
    case TensorType::Q4_0:
      for (int at = 0; at < columns; at += 32, data += 18) {
        const float scale = half_to_float(load16(data));
        for (int i = 0; i < 16; i++) {
          into[at + i] = scale * static_cast<float>((data[2 + i] & 15) - 8);
          into[at + i + 16] = scale * static_cast<float>((data[2 + i] >> 4) - 8);
        }
      }
      return;
    case TensorType::Q8_0:
      for (int at = 0; at < columns; at += 32, data += 34) {
        const float scale = half_to_float(load16(data));
        for (int i = 0; i < 32; i++) into[at + i] = scale * static_cast<float>(static_cast<int8_t>(data[2 + i]));
      }
      return;
    case TensorType::Q4_K:
      for (int at = 0; at < columns; at += kSuperBlock, data += 144) read_q4_k(data, into + at);
      return;
    case TensorType::Q6_K:
      for (int at = 0; at < columns; at += kSuperBlock, data += 210) read_q6_k(data, into + at);
      return;
    case TensorType::TQ1_0:
    case TensorType::TQ2_0: {
      std::vector<uint8_t> codes(static_cast<size_t>(columns));
      std::vector<uint16_t> scales(static_cast<size_t>(columns / kSuperBlock));
      read_block_codes(tensor, row, codes.data(), scales.data());
      for (int i = 0; i < columns; i++) into[i] = half_to_float(scales[i / kSuperBlock]) * static_cast<float>(codes[i] - 1);
      return;
    }
    case TensorType::I2_S: {
      std::vector<uint8_t> codes(static_cast<size_t>(columns));
      std::vector<float> scratch;
      const float scale = read_row_codes(tensor, row, codes.data(), scratch);
      for (int i = 0; i < columns; i++) into[i] = scale * static_cast<float>(codes[i] - 1);
      return;
    }
  }
}

bool is_ternary(const Tensor& tensor) {
  if (tensor.type == TensorType::I2_S || has_blocks(tensor.type)) return true;
  if (tensor.type != TensorType::F16 && tensor.type != TensorType::BF16) return false;
  std::vector<uint8_t> codes(static_cast<size_t>(tensor.columns));
  std::vector<float> scratch;
  for (int row = 0; row < tensor.rows; row++) {
    if (std::isnan(read_row_codes(tensor, row, codes.data(), scratch))) return false;
  }
  return true;
}

TernaryMatrix read_ternary(const Tensor& tensor, Arena& arena, const Loading& loading) {
  TernaryMatrix matrix = make_ternary(tensor.rows, tensor.columns, span_of(tensor), arena);
  std::atomic<bool> broken{false};
  loading.run(matrix.panels(), [&](int panel) {
    std::vector<uint8_t> codes(static_cast<size_t>(tensor.columns));
    std::vector<uint16_t> block_scales(static_cast<size_t>(tensor.columns / kSuperBlock) + 1);
    std::vector<float> scratch;
    const int end = panel * kPanelRows + kPanelRows < tensor.rows ? panel * kPanelRows + kPanelRows : tensor.rows;
    for (int row = panel * kPanelRows; row < end && !broken; row++) {
      if (has_blocks(tensor.type)) {
        read_block_codes(tensor, row, codes.data(), block_scales.data());
        float scale = 0;
        for (int block = 0; block < matrix.blocks(); block++) {
          const float own = half_to_float(block_scales[block]);
          if (!std::isfinite(own)) broken = true;
          if (own != 0) scale = own;
          if (matrix.span == ScaleSpan::Block) matrix.scale(row, block) = own;
        }
        if (matrix.span == ScaleSpan::Row) matrix.scale(row, 0) = scale;
      } else {
        const float scale = read_row_codes(tensor, row, codes.data(), scratch);
        if (!std::isfinite(scale)) broken = true;
        if (matrix.span == ScaleSpan::Row || row == 0) matrix.scale(row, 0) = scale;
      }
      if (!all_codes(codes)) broken = true;
      if (!broken) pack_row(matrix, row, codes.data());
    }
  });
  if (broken) throw Error("MODEL_INVALID", "tensor " + tensor.name + " holds something else than ternary weights");
  return matrix;
}

}  // namespace ryot
