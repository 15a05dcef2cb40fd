#pragma once

#include <atomic>
#include <map>
#include <vector>

#include "kernels/kernels.h"
#include "model/kv_cache.h"
#include "model/model.h"
#include "model/rope.h"
#include "threads/scratch.h"

namespace ryot {

struct DecoderOptions {
  /** Most tokens of the text. */
  int context = 0;
  KernelChoice kernels;
  /** Block: activations are rounded as llama.cpp rounds them, to compare with it; slower, and no better. */
  Scaling scaling = Scaling::Token;
  CacheType cache = CacheType::Halves;
};

/** One running text: the keys and values of what it has read so far, and room for the next tokens. Not for several threads at once. */
class Decoder {
 public:
  Decoder(const Model& model, const DecoderOptions& options, Threads& threads);

  int position() const { return position_; }
  /** How many more tokens can be read. */
  int room() const { return options_.context - position_; }
  /** Memory of the keys and values. */
  size_t cache_bytes() const { return cache_.bytes(); }
  /** Forgets everything from a position on. */
  void rewind(int position);

  /**
   * Reads tokens and returns the logits of the last one, `vocabulary` of them, valid until the next call. Throws `Error` CONTEXT_FULL or
   * TOKEN_INVALID before anything is changed, and CANCELLED between two steps of a layer once `stop` is set; the text is then as it was.
   */
  const float* read(const int* tokens, int count, const std::atomic<bool>& stop);

  /** Reads tokens and returns the mean of their last hidden states, `embedding` floats, valid until the next call. Throws as `read` does. */
  const float* embed(const int* tokens, int count, const std::atomic<bool>& stop);

 private:
  /** What is worked out behind the last layer. */
  enum class Wanted { Nothing, LastLogits, AllStates };

  void read_all(const int* tokens, int count, Wanted wanted, const std::atomic<bool>& stop);
  void read_batch(const int* tokens, int count, Wanted wanted, const std::atomic<bool>& stop);
  void remember(const Layer& layer, int index, int count, const std::atomic<bool>& stop);
  void attend(const Layer& layer, int index, int count, int kept, const std::atomic<bool>& stop);
  void feed_forward(const Layer& layer, int count, const std::atomic<bool>& stop);
  /** Linear layers of the same input, which is quantised once where a ternary one needs it. Nearly all time goes by here: it looks at `stop` first. */
  void apply(const std::vector<std::pair<const Linear*, float*>>& layers, const float* input, int columns, int count, const std::atomic<bool>& stop);
  Activations& activations_of(int columns);
  CodedActivations& coded_of(int columns);
  const float* rounded_for(const DenseMatrix& weights, const float* input, int columns, int count);

  const Model& model_;
  const Shape& shape_;
  const DecoderOptions options_;
  Threads& threads_;
  int position_ = 0;
  KvCache cache_;
  Rope rope_;
  Buffer<float> stream_, normed_, query_, key_, value_, attended_, gate_, up_, logits_;
  /** Only where activations are rounded as llama.cpp does. */
  Buffer<float> rounded_;
  std::vector<float> pooled_;
  /** By width: embedding, queries, feed-forward. */
  std::vector<Activations> activations_;
  /** The same, made once a layer wants it: most models have layers of one kind only. */
  std::map<int, CodedActivations> coded_;
  HeadInput head_input_;
  Scratch<Buffer<uint8_t>> row_rooms_;
  Scratch<Buffer<float>> attention_rooms_;
};

}  // namespace ryot
