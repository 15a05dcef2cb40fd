#pragma once

#include <atomic>
#include <vector>

#include "kernels.h"
#include "model.h"

namespace ryot {

/** One running text: the keys and values of what it has read so far, and room for the next tokens. Not for several threads at once. */
class Decoder {
 public:
  /** `context`: most tokens; the memory for their keys and values is taken now. */
  Decoder(const Model& model, int context, const TernaryKernel& kernel, Threads& threads);

  int position() const { return position_; }
  /** Forgets everything from a position on. */
  void rewind(int position);

  /**
   * Reads tokens and returns the logits of the last one, `vocabulary` of them, valid until the next call. Throws `Error` CONTEXT_FULL or
   * TOKEN_INVALID before anything is changed, and CANCELLED between two layers once `stop` is set; the text is then as it was.
   */
  const float* read(const int* tokens, int count, const std::atomic<bool>& stop);

 private:
  void read_batch(const int* tokens, int count, bool wants_logits, const std::atomic<bool>& stop);
  void attend(const Layer& layer, int index, int count);
  void feed_forward(const Layer& layer, int count);
  /** One or more linear layers of the same input, which is quantised once where a ternary one needs it. */
  void apply(std::initializer_list<std::pair<const Linear*, float*>> layers, const float* input, int columns, int count);

  const Model& model_;
  const Shape& shape_;
  const TernaryKernel& kernel_;
  Threads& threads_;
  int context_;
  int position_ = 0;
  /** `[layer][kv head][position][head size]` as 16-bit floats. */
  Buffer<uint16_t> keys_, values_;
  Buffer<float> stream_, normed_, query_, key_, value_, attended_, gate_, up_, logits_;
  std::vector<float> rope_frequencies_;
  /** By width: embedding, queries, feed-forward. */
  std::vector<std::pair<int, Activations>> activations_;
};

}  // namespace ryot
