#pragma once

#include <cstdint>

#include "common/buffer.h"

namespace ryot {

/** How keys and values are kept: as 16-bit floats, or as bytes with a scale for each vector, in half the memory. */
enum class CacheType { Halves, Bytes };

/** Positions that stand side by side in the keys, so that one register holds the same column of all of them. */
constexpr int kCacheBlock = 16;

/**
 * Keys and values of one text, for all layers and key-value heads. A key is written across: `[head][position / 16][column][16 positions]`; a
 * value lies along: `[head][position][column]`.
 */
class KvCache {
 public:
  /** Takes the memory now; the system gives its pages as they are written. Throws std::bad_alloc. */
  KvCache(CacheType type, int layers, int heads, int head_size, int positions);

  CacheType type() const { return type_; }
  int head_size() const { return head_size_; }
  size_t bytes() const;
  /** Keeps the key and the value, `head_size` floats each, of a place. */
  void put(int layer, int head, int position, const float* key, const float* value);

  const uint16_t* half_keys(int layer, int head) const { return half_keys_.data() + head_at(layer, head); }
  const uint16_t* half_values(int layer, int head) const { return half_values_.data() + head_at(layer, head); }
  const int8_t* byte_keys(int layer, int head) const { return byte_keys_.data() + head_at(layer, head); }
  const int8_t* byte_values(int layer, int head) const { return byte_values_.data() + head_at(layer, head); }
  /** What one unit of each position's bytes is worth. */
  const float* key_scales(int layer, int head) const { return key_scales_.data() + scale_at(layer, head); }
  const float* value_scales(int layer, int head) const { return value_scales_.data() + scale_at(layer, head); }

 private:
  size_t scale_at(int layer, int head) const { return (static_cast<size_t>(layer) * heads_ + head) * positions_; }
  size_t head_at(int layer, int head) const { return scale_at(layer, head) * head_size_; }

  CacheType type_;
  int heads_;
  int head_size_;
  /** Rounded up to whole blocks. */
  int positions_;
  Buffer<uint16_t> half_keys_, half_values_;
  Buffer<int8_t> byte_keys_, byte_values_;
  Buffer<float> key_scales_, value_scales_;
};

}  // namespace ryot
