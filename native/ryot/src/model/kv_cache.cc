#include "model/kv_cache.h"

#include <cmath>

#include "weights/values.h"

namespace ryot {
namespace {

/** What one unit is worth, so that the largest magnitude is 127. */
float unit_of(const float* values, int count) {
  float largest = 1e-10f;
  for (int i = 0; i < count; i++) largest = std::fabs(values[i]) > largest ? std::fabs(values[i]) : largest;
  return largest / 127;
}

/** Vectors are read a register at a time: the last one's end too. */
constexpr size_t kSlack = 16;

int8_t rounded(float value) { return static_cast<int8_t>(std::isnan(value) ? 0 : std::nearbyint(value)); }

}  // namespace

KvCache::KvCache(CacheType type, int layers, int heads, int head_size, int positions)
    : type_(type), heads_(heads), head_size_(head_size), positions_((positions + kCacheBlock - 1) / kCacheBlock * kCacheBlock) {
  const size_t places = static_cast<size_t>(layers) * heads * positions_;
  if (type == CacheType::Halves) {
    half_keys_ = Buffer<uint16_t>(places * head_size + kSlack);
    half_values_ = Buffer<uint16_t>(places * head_size + kSlack);
    return;
  }
  byte_keys_ = Buffer<int8_t>(places * head_size + kSlack);
  byte_values_ = Buffer<int8_t>(places * head_size + kSlack);
  key_scales_ = Buffer<float>(places);
  value_scales_ = Buffer<float>(places);
}

size_t KvCache::bytes() const {
  return (half_keys_.size() + half_values_.size()) * sizeof(uint16_t) + byte_keys_.size() + byte_values_.size() +
         (key_scales_.size() + value_scales_.size()) * sizeof(float);
}

void KvCache::put(int layer, int head, int position, const float* key, const float* value) {
  const size_t keys = head_at(layer, head) + static_cast<size_t>(position / kCacheBlock) * kCacheBlock * head_size_ + position % kCacheBlock;
  const size_t values = head_at(layer, head) + static_cast<size_t>(position) * head_size_;
  if (type_ == CacheType::Halves) {
    for (int i = 0; i < head_size_; i++) half_keys_[keys + static_cast<size_t>(i) * kCacheBlock] = float_to_half(key[i]);
    for (int i = 0; i < head_size_; i++) half_values_[values + i] = float_to_half(value[i]);
    return;
  }
  const float key_unit = unit_of(key, head_size_);
  const float value_unit = unit_of(value, head_size_);
  key_scales_[scale_at(layer, head) + position] = key_unit;
  value_scales_[scale_at(layer, head) + position] = value_unit;
  for (int i = 0; i < head_size_; i++) byte_keys_[keys + static_cast<size_t>(i) * kCacheBlock] = rounded(key[i] / key_unit);
  for (int i = 0; i < head_size_; i++) byte_values_[values + i] = rounded(value[i] / value_unit);
}

}  // namespace ryot
