#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ryot {

/** Which tokens may come next: a bit each. */
class TokenMask {
 public:
  explicit TokenMask(int tokens = 0) : bits_((static_cast<size_t>(tokens) + 63) / 64) {}

  void set(int token) { bits_[static_cast<size_t>(token) / 64] |= uint64_t{1} << (token % 64); }
  void clear(int token) { bits_[static_cast<size_t>(token) / 64] &= ~(uint64_t{1} << (token % 64)); }
  size_t bytes() const { return bits_.size() * sizeof(uint64_t); }

  /**
   * Sets the logits of all other tokens to -infinity, and those of its own, whatever they were, above it. `count` logits: models may have rows for
   * more tokens than the vocabulary has, which never come next.
   */
  void restrict(float* logits, int count) const;

 private:
  std::vector<uint64_t> bits_;
};

/** A logit above -infinity, also of what is not a number: the lowest there is. */
float finite_logit(float logit);

}  // namespace ryot
