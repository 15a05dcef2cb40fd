#include "model/model.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <set>

#include "common/error.h"
#include "weights/values.h"

namespace ryot {
namespace {

// Products are added up in 32 bits: 127 · 127 for each column of a head of bytes, and, where the kernel of one token leaves the fourth code of a byte
// where it stands, 128 · 127 for each fourth one of a ternary layer.
constexpr int kMostEmbedding = 1 << 17;
constexpr int kMostColumns = 1 << 19;
static_assert(int64_t{127} * 127 * kMostEmbedding <= INT32_MAX && int64_t{128} * 127 * (kMostColumns / 4) <= INT32_MAX);
/** Several times the largest vocabularies there are; loops over them are counted in 24 bits. */
constexpr int kMostTokens = 1 << 22;

std::vector<float> read_vector(const Gguf& file, const std::string& name, int size) {
  const StoredTensor& tensor = file.get(name);
  if (tensor.rows != 1 || tensor.columns != size) throw Error("MODEL_INVALID", "tensor " + name + " has another size than expected");
  std::vector<float> values(static_cast<size_t>(size));
  Buffer<uint8_t> room;
  read_row(file.read_row(tensor, 0, room), 0, values.data());
  for (const float value : values) {
    if (!std::isfinite(value)) throw not_numbers(tensor);
  }
  return values;
}

/** What a model has that is not read would be missing from what it says. */
void refuse_unknown_tensors(const Gguf& file, const std::string& architecture, const Shape& shape) {
  std::set<std::string, std::less<>> known = {"token_embd.weight", "output_norm.weight", "output.weight", "rope_freqs.weight"};
  std::vector<std::string> vectors = {"attn_norm", "ffn_norm"};
  if (shape.sub_norms) vectors.insert(vectors.end(), {"attn_sub_norm", "ffn_sub_norm"});
  for (int i = 0; i < shape.layers; i++) {
    const std::string block = "blk." + std::to_string(i) + ".";
    for (const std::string& name : vectors) known.insert(block + name + ".weight");
    for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"}) {
      known.insert(block + name + ".weight");
      known.insert(block + name + ".scale");
    }
  }
  for (const std::string_view name : file.tensor_names()) {
    if (known.count(name) > 0) continue;
    throw Error("MODEL_INVALID", "tensor " + std::string(name) + " is not one of an architecture '" + architecture + "' of " +
                                     std::to_string(shape.layers) + " layers; the llama-cpp backend may run this model");
  }
}

Linear read_linear(Model& model, const std::string& name, int rows, int columns, Floats floats, Buffer<uint8_t>& room, const Loading& loading) {
  const Gguf& file = *model.file;
  const StoredTensor& stored = file.get(name + ".weight");
  if (stored.rows != rows || stored.columns != columns) {
    throw Error("MODEL_INVALID", "tensor " + stored.name + " has another size than expected");
  }
  const Tensor tensor = file.read(stored, room, loading.stop);
  Linear linear;
  if (is_ternary(tensor)) {
    linear.weights = read_ternary(tensor, model.arena, loading);
  } else if (floats == Floats::Compact && is_coded(tensor.type)) {
    linear.weights = read_coded(tensor, model.arena, loading);
  } else {
    linear.weights = read_dense(tensor, floats, loading);
  }
  if (file.find(name + ".scale") != nullptr) linear.scale = read_vector(file, name + ".scale", 1)[0];
  return linear;
}

RopeRule read_rope(const Gguf& file, const std::string& architecture, const Shape& shape) {
  const auto key = [&](const char* name) { return architecture + ".rope." + name; };
  const auto number = [&](const char* name, double fallback) { return static_cast<float>(file.number(key(name), fallback)); };
  RopeRule rule;
  rule.dimensions = file.has(key("dimension_count")) ? file.required_int(key("dimension_count"), 2, shape.head_size) : shape.head_size;
  rule.base = number("freq_base", 10000);
  rule.halves = architecture != "llama";
  // What llama.cpp takes where a file does not say: a factor without a type is linear, and older files name the factor otherwise.
  const std::string scaling = file.text(key("scaling.type"), "linear");
  if (scaling == "linear" || scaling == "yarn") {
    rule.scale = 1 / number("scaling.factor", file.number(key("scale_linear"), 1));
    rule.yarn = scaling == "yarn";
    rule.original_context = number("scaling.original_context_length", shape.context);
    rule.beta_fast = number("scaling.yarn_beta_fast", 32);
    rule.beta_slow = number("scaling.yarn_beta_slow", 1);
    rule.magnitude = number("scaling.attn_factor", 1);
  } else if (scaling != "none") {
    throw Error("MODEL_INVALID", "RoPE scaling '" + scaling + "' is not known; the llama-cpp backend may run this model");
  }
  const bool is_sound = rule.magnitude > 0 && std::isfinite(rule.magnitude) && std::isfinite(rule.base) && std::isfinite(rule.beta_fast) &&
                        std::isfinite(rule.beta_slow);
  if (!is_sound || rule.dimensions % 2 != 0 || !(rule.base > 0) || !(rule.scale > 0) || !std::isfinite(rule.scale) || (rule.yarn && !(rule.original_context >= 1))) {
    throw Error("MODEL_INVALID", "the numbers of the rotary position embedding do not fit together");
  }
  if (file.find("rope_freqs.weight") != nullptr) rule.factors = read_vector(file, "rope_freqs.weight", rule.dimensions / 2);
  for (const float factor : rule.factors) {
    if (!(factor > 0)) throw Error("MODEL_INVALID", "tensor rope_freqs.weight holds factors that are not above 0");
  }
  return rule;
}

Shape read_shape(const Gguf& file, const std::string& architecture) {
  const auto key = [&](const char* name) { return architecture + "." + name; };
  Shape shape;
  shape.embedding = file.required_int(key("embedding_length"), 1, kMostEmbedding);
  shape.layers = file.required_int(key("block_count"), 1, 1 << 12);
  shape.feed_forward = file.required_int(key("feed_forward_length"), 1, kMostColumns);
  shape.heads = file.required_int(key("attention.head_count"), 1, 1 << 12);
  shape.context = file.required_int(key("context_length"), 1, 1 << 24);
  shape.kv_heads = file.has(key("attention.head_count_kv")) ? file.required_int(key("attention.head_count_kv"), 1, shape.heads) : shape.heads;
  shape.head_size = file.has(key("attention.key_length")) ? file.required_int(key("attention.key_length"), 1, 1 << 12)
                                                          : shape.embedding / shape.heads;
  shape.epsilon = static_cast<float>(file.number(key("attention.layer_norm_rms_epsilon"), 1e-5));
  if (!(shape.epsilon >= 0) || !std::isfinite(shape.epsilon)) throw Error("MODEL_INVALID", "the epsilon of the norms is no number above 0");
  if (shape.heads % shape.kv_heads != 0 || shape.head_size % 2 != 0 || shape.heads * shape.head_size > kMostColumns) {
    throw Error("MODEL_INVALID", "the sizes of the attention heads do not fit together");
  }
  shape.sub_norms = architecture != "llama";
  shape.gate = architecture == "bitnet-b1.58" || architecture == "bitnet-25" ? Gate::SquaredRelu : Gate::Silu;
  shape.rope = read_rope(file, architecture, shape);
  return shape;
}

size_t bytes_of(const Linear& linear) {
  if (const auto* ternary = std::get_if<TernaryMatrix>(&linear.weights)) return ternary->packed_bytes();
  if (const auto* coded = std::get_if<CodedMatrix>(&linear.weights)) return coded->packed_bytes();
  return bytes_of(std::get<DenseMatrix>(linear.weights));
}

}  // namespace

size_t Model::weight_bytes() const {
  size_t bytes = 0;
  for (const Layer& layer : layers) {
    for (const Linear* linear : {&layer.query, &layer.key, &layer.value, &layer.output, &layer.gate, &layer.up, &layer.down}) {
      bytes += bytes_of(*linear);
    }
  }
  return bytes + bytes_of(head);
}

std::unique_ptr<Model> load_model(const LoadOptions& options, Threads& threads, const std::atomic<bool>& stop) {
  auto model = std::make_unique<Model>();
  model->file = std::make_unique<Gguf>(options.path);
  const Gguf& file = *model->file;
  model->architecture = file.text("general.architecture", "");
  const std::string& architecture = model->architecture;
  if (architecture != "llama" && architecture != "bitnet" && architecture != "bitnet-b1.58" && architecture != "bitnet-25") {
    throw Error("MODEL_INVALID", "architecture '" + architecture + "' is not known; the llama-cpp backend may run this model");
  }
  model->shape = read_shape(file, architecture);
  Shape& shape = model->shape;
  refuse_unknown_tensors(file, architecture, shape);
  model->embedding = file.get("token_embd.weight");
  if (model->embedding.columns != shape.embedding) throw Error("MODEL_INVALID", "the token embedding has another width than the model");
  shape.vocabulary = model->embedding.rows;
  if (shape.vocabulary > kMostTokens) throw Error("MODEL_INVALID", "the vocabulary is impossibly large");

  const int queries = shape.heads * shape.head_size;
  const int keys = shape.kv_heads * shape.head_size;
  const Loading loading = {threads, stop};
  Buffer<uint8_t> room;
  for (int i = 0; i < shape.layers; i++) {
    const std::string block = "blk." + std::to_string(i) + ".";
    Layer layer;
    layer.attention_norm = read_vector(file, block + "attn_norm.weight", shape.embedding);
    layer.feed_forward_norm = read_vector(file, block + "ffn_norm.weight", shape.embedding);
    if (shape.sub_norms) {
      layer.attention_sub_norm = read_vector(file, block + "attn_sub_norm.weight", queries);
      layer.feed_forward_sub_norm = read_vector(file, block + "ffn_sub_norm.weight", shape.feed_forward);
    }
    const auto linear = [&](const char* name, int rows, int columns) {
      return read_linear(*model, block + name, rows, columns, options.floats, room, loading);
    };
    layer.query = linear("attn_q", queries, shape.embedding);
    layer.key = linear("attn_k", keys, shape.embedding);
    layer.value = linear("attn_v", keys, shape.embedding);
    layer.output = linear("attn_output", shape.embedding, queries);
    layer.gate = linear("ffn_gate", shape.feed_forward, shape.embedding);
    layer.up = linear("ffn_up", shape.feed_forward, shape.embedding);
    layer.down = linear("ffn_down", shape.embedding, shape.feed_forward);
    model->layers.push_back(std::move(layer));
  }
  model->output_norm = read_vector(file, "output_norm.weight", shape.embedding);
  const StoredTensor* output = file.find("output.weight");
  const StoredTensor& head_tensor = output == nullptr ? model->embedding : *output;
  if (head_tensor.columns != shape.embedding || head_tensor.rows != shape.vocabulary) {
    throw Error("MODEL_INVALID", "the head has another size than the vocabulary");
  }
  model->head = read_head(file.read(head_tensor, room, stop), options.head, loading);
  return model;
}

}  // namespace ryot
