#include "model/kv_cache.h"

#include <algorithm>
#include <cmath>

#include "weights/values.h"

namespace ryot {
namespace {

/** The largest of 16 bits; for bytes, whose scale is a float, what can still be multiplied with something. */
constexpr float kLargestHalf = 65504;
constexpr float kLargestByScale = 1e18f;

/** Vectors are read a register at a time: the last one's end too. */
constexpr size_t kSlack = 16;

/**
 * What is no number, or beyond what can be kept, must not stay: a weight of 0 times infinity is no number either, so that one position of a model of
 * broken weights would spoil others.
 */
float finite(float value, float most) { return std::isnan(value) ? 0 : std::clamp(value, -most, most); }

uint16_t kept_half(float value) { return float_to_half(finite(value, kLargestHalf)); }
int8_t kept_byte(float value, float unit) { return static_cast<int8_t>(std::nearbyint(finite(value, kLargestByScale) / unit)); }

/** What one unit is worth, so that the largest magnitude is 127. */
float unit_of(const float* values, int count) {
  float largest = 1e-10f;
  for (int i = 0; i < count; i++) largest = std::max(largest, std::fabs(finite(values[i], kLargestByScale)));
  return largest / 127;
}

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
    for (int i = 0; i < head_size_; i++) half_keys_[keys + static_cast<size_t>(i) * kCacheBlock] = kept_half(key[i]);
    for (int i = 0; i < head_size_; i++) half_values_[values + i] = kept_half(value[i]);
    return;
  }
  const float key_unit = unit_of(key, head_size_);
  const float value_unit = unit_of(value, head_size_);
  key_scales_[scale_at(layer, head) + position] = key_unit;
  value_scales_[scale_at(layer, head) + position] = value_unit;
  for (int i = 0; i < head_size_; i++) byte_keys_[keys + static_cast<size_t>(i) * kCacheBlock] = kept_byte(key[i], key_unit);
  for (int i = 0; i < head_size_; i++) byte_values_[values + i] = kept_byte(value[i], value_unit);
}

}  // namespace ryot
