#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "common/arena.h"
#include "formats/gguf.h"
#include "model/rope.h"
#include "threads/threads.h"
#include "weights/coded.h"
#include "weights/dense.h"
#include "weights/head.h"
#include "weights/ternary.h"

namespace ryot {

enum class Gate { Silu, SquaredRelu };

/** What a decoder of the Llama family is like. Names follow GGUF's keys. */
struct Shape {
  int embedding = 0;
  int layers = 0;
  int feed_forward = 0;
  int heads = 0;
  int kv_heads = 0;
  int head_size = 0;
  int vocabulary = 0;
  int context = 0;
  RopeRule rope;
  float epsilon = 1e-5f;
  Gate gate = Gate::Silu;
  bool sub_norms = false;
};

/** A linear layer, packed as its weights allow; `scale` is a tensor of its own in some BitNet files. */
struct Linear {
  std::variant<DenseMatrix, CodedMatrix, TernaryMatrix> weights;
  float scale = 1;
};

struct Layer {
  std::vector<float> attention_norm, attention_sub_norm, feed_forward_norm, feed_forward_sub_norm;
  Linear query, key, value, output, gate, up, down;
};

/** A model as it is used: weights packed, nothing that changes while it runs. */
struct Model {
  std::unique_ptr<Gguf> file;
  /** Where the weights of the layers are. */
  Arena arena;
  Shape shape;
  std::string architecture;
  std::vector<Layer> layers;
  std::vector<float> output_norm;
  /** Rows are read from the file as they are needed. */
  StoredTensor embedding;
  Head head;

  /** Bytes that one decoded token reads of the weights. */
  size_t weight_bytes() const;
};

struct LoadOptions {
  std::string path;
  HeadKind head = HeadKind::Fast;
  /** How linear layers that are not ternary are kept. */
  Floats floats = Floats::Compact;
};

/**
 * Opens a GGUF of architecture llama, bitnet or bitnet-b1.58. Throws `Error` MODEL_MISSING or MODEL_INVALID, and CANCELLED soon after
 * `stop` is set.
 */
std::unique_ptr<Model> load_model(const LoadOptions& options, Threads& threads, const std::atomic<bool>& stop);

}  // namespace ryot
