#include "checks/reference.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "weights/k_quants.h"
#include "weights/values.h"

namespace ryot {
namespace {

/** 32 columns of a row: unsigned codes, and what each half of them is multiplied with and what is taken away for each unit of activation. */
struct Block {
  uint8_t codes[kCodedColumns];
  float scales[2];
  float offsets[2];
};

float half_at(const uint8_t* bytes) { return half_to_float(static_cast<uint16_t>(bytes[0] | bytes[1] << 8)); }

Block block_of(const Tensor& tensor, int row, int index) {
  const bool wide = tensor.type == TensorType::Q4_K || tensor.type == TensorType::Q6_K;
  const int blocks = tensor.columns / (wide ? kBlockColumns : kCodedColumns);
  const size_t bytes = tensor.bytes / tensor.rows / blocks;
  const uint8_t* data = tensor.data + (static_cast<size_t>(row) * blocks + (wide ? index / 8 : index)) * bytes;
  const int part = index % 8;
  uint8_t codes[kBlockColumns];
  Block block = {};
  if (tensor.type == TensorType::Q4_K) {
    codes_of_q4_k(data, codes);
    const FourBitScales scales = scales_of_q4_k(data);
    for (int half = 0; half < 2; half++) {
      block.scales[half] = static_cast<float>(scales.scales[part]) * half_at(data);
      block.offsets[half] = static_cast<float>(scales.offsets[part]) * half_at(data + 2);
    }
    std::memcpy(block.codes, codes + part * kCodedColumns, kCodedColumns);
  } else if (tensor.type == TensorType::Q6_K) {
    codes_of_q6_k(data, codes);
    for (int half = 0; half < 2; half++) {
      block.scales[half] = static_cast<float>(static_cast<int8_t>(data[192 + part * 2 + half])) * half_at(data + 208);
      block.offsets[half] = block.scales[half] * 32;
    }
    std::memcpy(block.codes, codes + part * kCodedColumns, kCodedColumns);
  } else {
    const bool nibbles = tensor.type == TensorType::Q4_0;
    for (int i = 0; i < kCodedColumns; i++) {
      const uint8_t byte = data[2 + (nibbles ? i % 16 : i)];
      block.codes[i] = nibbles ? (i < 16 ? byte & 15 : byte >> 4) : static_cast<uint8_t>(byte + 128);
    }
    for (int half = 0; half < 2; half++) {
      block.scales[half] = half_at(data);
      block.offsets[half] = block.scales[half] * static_cast<float>(nibbles ? 8 : 128);
    }
  }
  return block;
}

/** One of the four columns of a word. */
int column_of(int32_t word, int column) { return static_cast<int8_t>(static_cast<uint32_t>(word) >> (column % 4 * 8)); }

int rounded(float value) { return std::isnan(value) ? 0 : static_cast<int>(std::nearbyint(value)); }

/** A row as bytes, and what one unit of them is worth. */
float bytes_of_row(const Tensor& tensor, int row, std::vector<int>& bytes) {
  std::vector<float> values(static_cast<size_t>(tensor.columns));
  read_row(tensor, row, values.data());
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::fabs(value));
  bytes.assign(values.size(), 0);
  for (size_t i = 0; i < values.size() && largest > 0; i++) bytes[i] = rounded(values[i] / largest * 127);
  return largest / 127;
}

float byte_row(const Tensor& head, int row, const Activations& activations) {
  std::vector<int> bytes;
  const float scale = bytes_of_row(head, row, bytes);
  int sum = 0;
  for (int i = 0; i < head.columns; i++) sum += bytes[i] * column_of(activations.words[i / 4], i);
  return static_cast<float>(sum) * scale * activations.scales[0];
}

float six_bit_row(const Tensor& head, int row, const Activations& activations) {
  const int blocks = head.columns / kBlockColumns;
  const size_t bytes = head.bytes / head.rows / blocks;
  float result = 0;
  for (int block = 0; block < blocks; block++) {
    const uint8_t* data = head.data + (static_cast<size_t>(row) * blocks + block) * bytes;
    uint8_t codes[kBlockColumns];
    codes_of_q6_k(data, codes);
    int sum = 0;
    for (int i = 0; i < kBlockColumns; i++) {
      const int at = block * kBlockColumns + i;
      sum += static_cast<int8_t>(data[192 + i / 16]) * (codes[i] - 32) * column_of(activations.words[at / 4], at);
    }
    result = std::fma(static_cast<float>(sum), half_at(data + 208) * activations.scales[block], result);
  }
  return result;
}

double key_of(const KvCache& cache, int layer, int head, int position, int column) {
  const size_t at = static_cast<size_t>(position / kCacheBlock) * kCacheBlock * cache.head_size() + static_cast<size_t>(column) * kCacheBlock +
                    position % kCacheBlock;
  if (cache.type() == CacheType::Halves) return half_to_float(cache.half_keys(layer, head)[at]);
  return double{cache.key_scales(layer, head)[position]} * cache.byte_keys(layer, head)[at];
}

double value_of(const KvCache& cache, int layer, int head, int position, int column) {
  const size_t at = static_cast<size_t>(position) * cache.head_size() + column;
  if (cache.type() == CacheType::Halves) return half_to_float(cache.half_values(layer, head)[at]);
  return double{cache.value_scales(layer, head)[position]} * cache.byte_values(layer, head)[at];
}

}  // namespace

void quantise_scalar(const float* values, int tokens, size_t stride, CodedActivations& into) {
  into.tokens = tokens;
  for (int token = 0; token < tokens; token++) {
    const int group = token / kTileTokens;
    const int in_group = token % kTileTokens;
    const auto step = static_cast<size_t>(into.group_tokens(group));
    const size_t before = into.blocks_before(group);
    for (int block = 0; block < into.blocks(); block++) {
      int integers[kCodedColumns] = {};
      const int begin = block * kCodedColumns;
      const int count = std::min(kCodedColumns, into.columns - begin);
      const float* row = values + token * stride + begin;
      float largest = 1e-30f;
      for (int i = 0; i < count; i++) largest = std::fabs(row[i]) > largest ? std::fabs(row[i]) : largest;
      const float scale = largest / 127;
      for (int i = 0; i < count; i++) integers[i] = rounded(row[i] * (127 / largest));
      into.scales[before + block * step + in_group] = scale;
      for (int half = 0; half < 2; half++) {
        int sum = 0;
        for (int i = half * 16; i < half * 16 + 16; i++) sum += integers[i];
        into.sums[before * 2 + (block * 2 + half) * step + in_group] = static_cast<float>(sum) * scale;
      }
      for (int word = 0; word < kCodedWords; word++) {
        uint32_t packed = 0;
        for (int i = 0; i < 4; i++) packed |= static_cast<uint32_t>(static_cast<uint8_t>(integers[word * 4 + i])) << (8 * i);
        into.words[(before + block * step) * kCodedWords + word * step + in_group] = static_cast<int32_t>(packed);
      }
    }
  }
}

void multiply_scalar(const Tensor& coded, const CodedActivations& activations, float* out) {
  for (int token = 0; token < activations.tokens; token++) {
    const CodedGroup group = activations.group(token / kTileTokens);
    const auto step = static_cast<size_t>(activations.group_tokens(token / kTileTokens));
    const int in_group = token % kTileTokens;
    for (int row = 0; row < coded.rows; row++) {
      float result = 0;
      for (int index = 0; index < activations.blocks(); index++) {
        const Block block = block_of(coded, row, index);
        const float unit = group.scales[index * step + in_group];
        const float* sums = group.sums + index * 2 * step + in_group;
        int dots[2] = {0, 0};
        for (int i = 0; i < kCodedColumns; i++) {
          dots[i / 16] += block.codes[i] * column_of(group.words[(static_cast<size_t>(index) * kCodedWords + i / 4) * step + in_group], i);
        }
        if (coded.type == TensorType::Q6_K) {
          for (int half = 0; half < 2; half++) {
            result = std::fma(static_cast<float>(dots[half]), block.scales[half] * unit, result);
            result = std::fma(-block.offsets[half], sums[half * step], result);
          }
          continue;
        }
        result = std::fma(static_cast<float>(dots[0] + dots[1]), block.scales[0] * unit, result);
        result = std::fma(-block.offsets[0], sums[0] + sums[step], result);
      }
      out[static_cast<size_t>(token) * coded.rows + row] = result;
    }
  }
}

void multiply_head_scalar(const Tensor& head, const Activations& activations, float* out) {
  const auto product = head.type == TensorType::Q6_K ? six_bit_row : byte_row;
  for (int row = 0; row < head.rows; row++) out[row] = product(head, row, activations);
}

void attend_scalar(const KvCache& cache, int layer, int head, const Query& query, double* out) {
  const int size = cache.head_size();
  std::vector<double> weights(static_cast<size_t>(query.seen));
  double most = -INFINITY;
  for (int position = 0; position < query.seen; position++) {
    double score = 0;
    for (int i = 0; i < size; i++) score += key_of(cache, layer, head, position, i) * query.query[i];
    weights[position] = score / std::sqrt(static_cast<double>(size));
    most = std::max(most, weights[position]);
  }
  double sum = 0;
  for (double& weight : weights) sum += weight = std::exp(weight - most);
  std::fill(out, out + size, 0.0);
  for (int position = 0; position < query.seen; position++) {
    for (int i = 0; i < size; i++) out[i] += weights[position] / sum * value_of(cache, layer, head, position, i);
  }
}

void rms_norm_scalar(const float* values, const std::vector<float>& weights, float epsilon, double* into) {
  double squares = 0;
  for (size_t i = 0; i < weights.size(); i++) squares += double{values[i]} * values[i];
  const double scale = 1 / std::sqrt(squares / static_cast<double>(weights.size()) + epsilon);
  for (size_t i = 0; i < weights.size(); i++) into[i] = values[i] * scale * weights[i];
}

void gate_silu_scalar(const float* gate, const float* up, int count, double* into) {
  for (int i = 0; i < count; i++) into[i] = gate[i] / (1 + std::exp(-double{gate[i]})) * up[i];
}

void gate_squared_relu_scalar(const float* gate, const float* up, int count, double* into) {
  for (int i = 0; i < count; i++) into[i] = gate[i] > 0 ? double{gate[i]} * gate[i] * up[i] : 0;
}

void turn_scalar(const RopeRule& rule, int position, double* head) {
  const int pairs = rule.dimensions / 2;
  for (int i = 0; i < pairs; i++) {
    const double angle = position * std::pow(double{rule.base}, -2.0 * i / rule.dimensions);
    double& a = head[rule.halves ? i : 2 * i];
    double& b = head[rule.halves ? i + pairs : 2 * i + 1];
    const double turned = a * std::cos(angle) - b * std::sin(angle);
    b = a * std::sin(angle) + b * std::cos(angle);
    a = turned;
  }
}

}  // namespace ryot
