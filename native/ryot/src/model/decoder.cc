#include "model/decoder.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/error.h"
#include "common/patience.h"
#include "model/attention.h"
#include "model/elementwise.h"
#include "weights/values.h"

namespace ryot {
namespace {

/** Prompts are read this many tokens at a time: enough to make each unpacking of weights worth it, few enough to stay in the cache. */
constexpr int kBatch = 512;

int queries_of(const Shape& shape) { return shape.heads * shape.head_size; }
int keys_of(const Shape& shape) { return shape.kv_heads * shape.head_size; }

}  // namespace

Decoder::Decoder(const Model& model, const DecoderOptions& options, Threads& threads)
    : model_(model),
      shape_(model.shape),
      options_(options),
      threads_(threads),
      cache_(options.cache, shape_.layers, shape_.kv_heads, shape_.head_size, options.context),
      rope_(shape_.rope, std::min(options.context, kBatch)),
      row_rooms_(threads),
      attention_rooms_(threads, [&] { return Buffer<float>(attention_scratch(options.context)); }) {
  const auto batch = static_cast<size_t>(std::min(options.context, kBatch));
  const int widest = std::max({shape_.embedding, queries_of(shape_), shape_.feed_forward});
  stream_ = Buffer<float>(batch * shape_.embedding);
  normed_ = Buffer<float>(batch * shape_.embedding);
  query_ = Buffer<float>(batch * queries_of(shape_));
  key_ = Buffer<float>(batch * keys_of(shape_));
  value_ = Buffer<float>(batch * keys_of(shape_));
  attended_ = Buffer<float>(batch * queries_of(shape_));
  gate_ = Buffer<float>(batch * shape_.feed_forward);
  up_ = Buffer<float>(batch * shape_.feed_forward);
  logits_ = Buffer<float>(shape_.vocabulary);
  if (options.scaling == Scaling::Block) rounded_ = Buffer<float>(batch * widest);
  head_input_ = make_head_input(shape_.embedding, options.scaling);
  for (const int width : {shape_.embedding, queries_of(shape_), shape_.feed_forward}) {
    activations_.push_back(make_activations(static_cast<int>(batch), width, options.scaling));
  }
}

void Decoder::rewind(int position) {
  if (position >= 0 && position < position_) position_ = position;
}

const float* Decoder::read(const int* tokens, int count, const std::atomic<bool>& stop) {
  read_all(tokens, count, Wanted::LastLogits, stop);
  return logits_.data();
}

const float* Decoder::embed(const int* tokens, int count, const std::atomic<bool>& stop) {
  pooled_.assign(static_cast<size_t>(shape_.embedding), 0);
  read_all(tokens, count, Wanted::AllStates, stop);
  for (float& value : pooled_) value /= static_cast<float>(count);
  return pooled_.data();
}

void Decoder::read_all(const int* tokens, int count, Wanted wanted, const std::atomic<bool>& stop) {
  if (count < 1) throw Error("TOKEN_INVALID", "there is nothing to read");
  if (count > options_.context - position_) {
    throw Error("CONTEXT_FULL", "the text has " + std::to_string(position_ + count) + " tokens, and there is room for " +
                                    std::to_string(options_.context));
  }
  for (int i = 0; i < count; i++) {
    if (tokens[i] < 0 || tokens[i] >= shape_.vocabulary) {
      throw Error("TOKEN_INVALID", "token " + std::to_string(tokens[i]) + " is not in the vocabulary");
    }
  }
  const int begin = position_;
  try {
    for (int at = 0; at < count; at += kBatch) {
      const int size = std::min(count - at, kBatch);
      const bool last = at + size == count;
      read_batch(tokens + at, size, wanted == Wanted::LastLogits && !last ? Wanted::Nothing : wanted, stop);
      position_ += size;
    }
  } catch (...) {
    position_ = begin;
    throw;
  }
}

void Decoder::read_batch(const int* tokens, int count, Wanted wanted, const std::atomic<bool>& stop) {
  const int width = shape_.embedding;
  threads_.begin();
  threads_.run(count, [&](int token) {
    float* row = stream_.data() + static_cast<size_t>(token) * width;
    row_rooms_.with([&](Buffer<uint8_t>& room) { read_row(model_.file->read_row(model_.embedding, tokens[token], room), 0, row); });
    // Here and not at load, which never reads the rows of tokens that nobody uses.
    if (!std::all_of(row, row + width, [](float value) { return std::isfinite(value); })) throw not_numbers(model_.embedding);
  });
  rope_.prepare(position_, count, threads_);
  for (int index = 0; index < shape_.layers; index++) {
    const Layer& layer = model_.layers[index];
    remember(layer, index, count, stop);
    // Behind the last layer's keys and values only what is wanted is worked out.
    if (index + 1 == shape_.layers && wanted == Wanted::Nothing) return;
    const int kept = index + 1 == shape_.layers && wanted == Wanted::LastLogits ? 1 : count;
    attend(layer, index, count, kept, stop);
    feed_forward(layer, kept, stop);
    threads_.look();
  }
  if (wanted == Wanted::LastLogits) {
    rms_norm(stream_.data(), model_.output_norm, shape_.epsilon, normed_.data());
    const auto* dense = std::get_if<DenseMatrix>(&model_.head);
    if (dense != nullptr && options_.scaling == Scaling::Block) round_as_llama_cpp(dense->type, normed_.data(), width, normed_.data());
    multiply(model_.head, normed_.data(), head_input_, logits_.data(), threads_);
    return;
  }
  for (int token = 0; token < count; token++) {
    rms_norm(stream_.data() + static_cast<size_t>(token) * width, model_.output_norm, shape_.epsilon, normed_.data());
    add(normed_.data(), width, pooled_.data());
  }
}

Activations& Decoder::activations_of(int columns) {
  return *std::find_if(activations_.begin(), activations_.end(), [&](const Activations& one) { return one.columns == columns; });
}

CodedActivations& Decoder::coded_of(int columns) {
  const auto found = coded_.find(columns);
  if (found != coded_.end()) return found->second;
  return coded_.emplace(columns, make_coded_activations(std::min(options_.context, kBatch), columns)).first->second;
}

void Decoder::apply(const std::vector<std::pair<const Linear*, float*>>& layers, const float* input, int columns, int count,
                    const std::atomic<bool>& stop) {
  throw_if_stopped(stop);
  std::vector<TernaryProduct> products;
  const CodedActivations* coded_input = nullptr;
  for (const auto& [linear, out] : layers) {
    if (const auto* ternary = std::get_if<TernaryMatrix>(&linear->weights)) {
      products.push_back({ternary, out, static_cast<size_t>(ternary->rows), linear->scale});
      continue;
    }
    int rows = 0;
    if (const auto* coded = std::get_if<CodedMatrix>(&linear->weights)) {
      if (coded_input == nullptr) {
        quantise(input, count, columns, coded_of(columns), threads_);
        coded_input = &coded_of(columns);
      }
      multiply(*coded, *coded_input, out, threads_);
      rows = coded->rows;
    } else {
      const auto& dense = std::get<DenseMatrix>(linear->weights);
      multiply(dense, rounded_for(dense, input, columns, count), count, columns, out, dense.rows, threads_);
      rows = dense.rows;
    }
    if (linear->scale == 1) continue;
    for (size_t i = 0; i < static_cast<size_t>(rows) * count; i++) out[i] *= linear->scale;
  }
  if (products.empty()) return;
  Activations& activations = activations_of(columns);
  quantise(input, count, columns, activations, threads_);
  multiply(options_.kernels, products, activations, threads_);
}

/** The input as it is, or rounded as llama.cpp would for such weights where that is asked for. */
const float* Decoder::rounded_for(const DenseMatrix& weights, const float* input, int columns, int count) {
  if (options_.scaling == Scaling::Token) return input;
  for (int token = 0; token < count; token++) {
    const size_t at = static_cast<size_t>(token) * columns;
    round_as_llama_cpp(weights.type, input + at, columns, rounded_.data() + at);
  }
  return rounded_.data();
}

/** Queries, keys and values of all tokens; the keys and values go to the cache. */
void Decoder::remember(const Layer& layer, int index, int count, const std::atomic<bool>& stop) {
  const int width = shape_.embedding;
  const int size = shape_.head_size;
  threads_.run(count, [&](int token) {
    const size_t at = static_cast<size_t>(token) * width;
    rms_norm(stream_.data() + at, layer.attention_norm, shape_.epsilon, normed_.data() + at);
  });
  apply({{&layer.query, query_.data()}, {&layer.key, key_.data()}, {&layer.value, value_.data()}}, normed_.data(), width, count, stop);
  threads_.run(count, [&](int token) {
    float* queries = query_.data() + static_cast<size_t>(token) * queries_of(shape_);
    for (int head = 0; head < shape_.heads; head++) rope_.turn(queries + head * size, token);
    if (options_.scaling == Scaling::Block) round_as_llama_cpp(TensorType::F16, queries, queries_of(shape_), queries);
    for (int head = 0; head < shape_.kv_heads; head++) {
      const size_t at = static_cast<size_t>(token) * keys_of(shape_) + static_cast<size_t>(head) * size;
      rope_.turn(key_.data() + at, token);
      cache_.put(index, head, position_ + token, key_.data() + at, value_.data() + at);
    }
  });
}

/** Attention of the last `kept` tokens, whose stream moves to the front. */
void Decoder::attend(const Layer& layer, int index, int count, int kept, const std::atomic<bool>& stop) {
  const int width = shape_.embedding;
  const int size = shape_.head_size;
  const int queries = queries_of(shape_);
  const int group = shape_.heads / shape_.kv_heads;
  const int first = count - kept;
  // Queries of one key-value head, token by token: tiles of them share the keys and values.
  const int tiles = (group * kept + kMostQueries - 1) / kMostQueries;
  threads_.run(tiles * shape_.kv_heads, [&](int chunk) {
    const int head = chunk % shape_.kv_heads;
    const int begin = chunk / shape_.kv_heads * kMostQueries;
    const int tile = std::min(kMostQueries, group * kept - begin);
    Query shared[kMostQueries];
    for (int i = 0; i < tile; i++) {
      const int token = (begin + i) / group;
      const int own_head = head * group + (begin + i) % group;
      const size_t column = static_cast<size_t>(own_head) * size;
      shared[i] = {query_.data() + static_cast<size_t>(first + token) * queries + column,
                   attended_.data() + static_cast<size_t>(token) * queries + column, position_ + first + token + 1};
    }
    const Weights weights = options_.scaling == Scaling::Block ? Weights::Halves : Weights::Singles;
    attention_rooms_.with([&](Buffer<float>& scratch) { ryot::attend(cache_, index, head, shared, tile, weights, scratch.data()); });
  });
  if (first > 0) std::memmove(stream_.data(), stream_.data() + static_cast<size_t>(first) * width, static_cast<size_t>(kept) * width * 4);
  if (shape_.sub_norms) {
    threads_.run(kept, [&](int token) {
      float* row = attended_.data() + static_cast<size_t>(token) * queries;
      rms_norm(row, layer.attention_sub_norm, shape_.epsilon, row);
    });
  }
  apply({{&layer.output, normed_.data()}}, attended_.data(), queries, kept, stop);
  threads_.run(kept, [&](int token) {
    const size_t at = static_cast<size_t>(token) * width;
    add(normed_.data() + at, width, stream_.data() + at);
  });
}

void Decoder::feed_forward(const Layer& layer, int count, const std::atomic<bool>& stop) {
  const int width = shape_.embedding;
  const int inner = shape_.feed_forward;
  threads_.run(count, [&](int token) {
    const size_t at = static_cast<size_t>(token) * width;
    rms_norm(stream_.data() + at, layer.feed_forward_norm, shape_.epsilon, normed_.data() + at);
  });
  apply({{&layer.gate, gate_.data()}, {&layer.up, up_.data()}}, normed_.data(), width, count, stop);
  threads_.run(count, [&](int token) {
    float* gate = gate_.data() + static_cast<size_t>(token) * inner;
    const float* up = up_.data() + static_cast<size_t>(token) * inner;
    (shape_.gate == Gate::Silu ? gate_silu : gate_squared_relu)(gate, up, inner);
    if (shape_.sub_norms) rms_norm(gate, layer.feed_forward_sub_norm, shape_.epsilon, gate);
  });
  apply({{&layer.down, normed_.data()}}, gate_.data(), inner, count, stop);
  threads_.run(count, [&](int token) {
    const size_t at = static_cast<size_t>(token) * width;
    add(normed_.data() + at, width, stream_.data() + at);
  });
}

}  // namespace ryot
