#pragma once

#include <vector>

#include "common/buffer.h"

namespace ryot {

/** Hands out memory that is given back as a whole: many small matrices share huge pages. */
class Arena {
 public:
  /** `bytes` from the start of a cache line, not cleared. Throws std::bad_alloc. */
  uint8_t* take(size_t bytes) {
    const size_t rounded = (bytes + kLine - 1) / kLine * kLine;
    if (blocks_.empty() || blocks_.back().size() - used_ < rounded) {
      blocks_.emplace_back(rounded > kBlock ? rounded : kBlock, Pages::Huge);
      used_ = 0;
    }
    uint8_t* taken = blocks_.back().data() + used_;
    used_ += rounded;
    return taken;
  }

 private:
  static constexpr size_t kLine = 64;
  /** Several of the largest matrices. What is never written takes no memory. */
  static constexpr size_t kBlock = size_t{64} << 20;

  std::vector<Buffer<uint8_t>> blocks_;
  size_t used_ = 0;
};

}  // namespace ryot
