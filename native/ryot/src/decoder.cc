#include "decoder.h"

#include <immintrin.h>

#include <cmath>
#include <cstring>

#include "error.h"
#include "values.h"

namespace ryot {
namespace {

/** Prompts are read this many tokens at a time: enough to make each unpacking of weights worth it, few enough to stay in the cache. */
constexpr int kBatch = 512;

void rms_norm(const float* values, const std::vector<float>& weights, float epsilon, float* into) {
  const int size = static_cast<int>(weights.size());
  const auto rest = [&](int at) { return static_cast<__mmask16>(size - at >= 16 ? 0xffff : (1 << (size - at)) - 1); };
  __m512 squares = _mm512_setzero_ps();
  for (int i = 0; i < size; i += 16) {
    const __m512 value = _mm512_maskz_loadu_ps(rest(i), values + i);
    squares = _mm512_fmadd_ps(value, value, squares);
  }
  const float mean = _mm512_reduce_add_ps(squares) / static_cast<float>(size);
  const __m512 scale = _mm512_set1_ps(1 / std::sqrt(mean + epsilon));
  for (int i = 0; i < size; i += 16) {
    const __m512 value = _mm512_mul_ps(_mm512_maskz_loadu_ps(rest(i), values + i), scale);
    _mm512_mask_storeu_ps(into + i, rest(i), _mm512_mul_ps(value, _mm512_maskz_loadu_ps(rest(i), weights.data() + i)));
  }
}

/** Rotary position embedding (Su et al. 2021, arXiv 2104.09864) of one head. */
void rotate(float* head, int dimensions, bool halves, int position, const std::vector<float>& frequencies) {
  const int half = dimensions / 2;
  for (int i = 0; i < half; i++) {
    const float angle = static_cast<float>(position) * frequencies[i];
    const float cosine = std::cos(angle);
    const float sine = std::sin(angle);
    float& a = halves ? head[i] : head[2 * i];
    float& b = halves ? head[i + half] : head[2 * i + 1];
    const float turned = a * cosine - b * sine;
    b = a * sine + b * cosine;
    a = turned;
  }
}

float dot(const uint16_t* key, const float* query, int size) {
  __m512 sum = _mm512_setzero_ps();
  for (int i = 0; i < size; i += 16) {
    const auto rest = static_cast<__mmask16>(size - i >= 16 ? 0xffff : (1 << (size - i)) - 1);
    const __m512 k = _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(rest, key + i));
    sum = _mm512_fmadd_ps(k, _mm512_maskz_loadu_ps(rest, query + i), sum);
  }
  return _mm512_reduce_add_ps(sum);
}

void add_scaled(const uint16_t* value, float weight, float* into, int size) {
  const __m512 scale = _mm512_set1_ps(weight);
  for (int i = 0; i < size; i += 16) {
    const auto rest = static_cast<__mmask16>(size - i >= 16 ? 0xffff : (1 << (size - i)) - 1);
    const __m512 v = _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(rest, value + i));
    _mm512_mask_storeu_ps(into + i, rest, _mm512_fmadd_ps(v, scale, _mm512_maskz_loadu_ps(rest, into + i)));
  }
}

void softmax(float* values, int count) {
  float largest = values[0];
  for (int i = 1; i < count; i++) largest = std::fmax(largest, values[i]);
  float sum = 0;
  for (int i = 0; i < count; i++) sum += values[i] = std::exp(values[i] - largest);
  for (int i = 0; i < count; i++) values[i] /= sum;
}

}  // namespace

Decoder::Decoder(const Model& model, int context, const TernaryKernel& kernel, Threads& threads)
    : model_(model), shape_(model.shape), kernel_(kernel), threads_(threads), context_(context) {
  const size_t batch = static_cast<size_t>(context < kBatch ? context : kBatch);
  const size_t queries = static_cast<size_t>(shape_.heads) * shape_.head_size;
  const size_t keys = static_cast<size_t>(shape_.kv_heads) * shape_.head_size;
  keys_ = Buffer<uint16_t>(keys * shape_.layers * context);
  values_ = Buffer<uint16_t>(keys * shape_.layers * context);
  stream_ = Buffer<float>(batch * shape_.embedding);
  normed_ = Buffer<float>(batch * shape_.embedding);
  query_ = Buffer<float>(batch * queries);
  key_ = Buffer<float>(batch * keys);
  value_ = Buffer<float>(batch * keys);
  attended_ = Buffer<float>(batch * queries);
  gate_ = Buffer<float>(batch * shape_.feed_forward);
  up_ = Buffer<float>(batch * shape_.feed_forward);
  logits_ = Buffer<float>(shape_.vocabulary);
  for (const int width : {shape_.embedding, static_cast<int>(queries), shape_.feed_forward}) {
    activations_.emplace_back(width, make_activations(static_cast<int>(batch), width));
  }
  for (int i = 0; i < shape_.rope_dimensions / 2; i++) {
    const double power = -2.0 * i / shape_.rope_dimensions;
    rope_frequencies_.push_back(static_cast<float>(std::pow(shape_.rope_base, power)) * shape_.rope_scale);
  }
}

void Decoder::rewind(int position) {
  if (position >= 0 && position < position_) position_ = position;
}

const float* Decoder::read(const int* tokens, int count, const std::atomic<bool>& stop) {
  if (count < 1) throw Error("TOKEN_INVALID", "there is nothing to read");
  if (count > context_ - position_) {
    throw Error("CONTEXT_FULL", "the text has " + std::to_string(position_ + count) + " tokens, and there is room for " +
                                    std::to_string(context_));
  }
  for (int i = 0; i < count; i++) {
    if (tokens[i] < 0 || tokens[i] >= shape_.vocabulary) {
      throw Error("TOKEN_INVALID", "token " + std::to_string(tokens[i]) + " is not in the vocabulary");
    }
  }
  const int begin = position_;
  try {
    for (int at = 0; at < count; at += kBatch) {
      const int size = count - at < kBatch ? count - at : kBatch;
      read_batch(tokens + at, size, at + size == count, stop);
      position_ += size;
    }
  } catch (...) {
    position_ = begin;
    throw;
  }
  return logits_.data();
}

void Decoder::read_batch(const int* tokens, int count, bool wants_logits, const std::atomic<bool>& stop) {
  const int width = shape_.embedding;
  threads_.run(count, [&](int token) {
    read_row(model_.embedding, tokens[token], stream_.data() + static_cast<size_t>(token) * width);
  });
  for (int index = 0; index < shape_.layers; index++) {
    if (stop) throw Error("CANCELLED", "interrupted");
    attend(model_.layers[index], index, count);
    feed_forward(model_.layers[index], count);
  }
  if (!wants_logits) return;
  const float* last = stream_.data() + static_cast<size_t>(count - 1) * width;
  rms_norm(last, model_.output_norm, shape_.epsilon, normed_.data());
  if (const auto* bytes = std::get_if<ByteMatrix>(&model_.head)) {
    Activations& activations = activations_[0].second;
    quantise(normed_.data(), 1, width, activations, threads_);
    multiply(*bytes, activations, logits_.data(), threads_);
  } else {
    multiply(std::get<DenseMatrix>(model_.head), normed_.data(), 1, width, logits_.data(), shape_.vocabulary, threads_);
  }
}

void Decoder::apply(std::initializer_list<std::pair<const Linear*, float*>> layers, const float* input, int columns, int count) {
  Activations* quantised = nullptr;
  for (const auto& [linear, out] : layers) {
    int rows = 0;
    if (linear->ternary()) {
      const auto& weights = std::get<TernaryMatrix>(linear->weights);
      rows = weights.rows;
      if (quantised == nullptr) {
        for (auto& [width, activations] : activations_) {
          if (width == columns) quantised = &activations;
        }
        quantise(input, count, columns, *quantised, threads_);
      }
      multiply(kernel_, weights, *quantised, out, rows, threads_);
    } else {
      const auto& weights = std::get<DenseMatrix>(linear->weights);
      rows = weights.rows;
      multiply(weights, input, count, columns, out, rows, threads_);
    }
    if (linear->scale != 1) {
      for (size_t i = 0; i < static_cast<size_t>(rows) * count; i++) out[i] *= linear->scale;
    }
  }
}

void Decoder::attend(const Layer& layer, int index, int count) {
  const int width = shape_.embedding;
  const int size = shape_.head_size;
  const int queries = shape_.heads * size;
  const int keys = shape_.kv_heads * size;
  threads_.run(count, [&](int token) {
    const size_t at = static_cast<size_t>(token) * width;
    rms_norm(stream_.data() + at, layer.attention_norm, shape_.epsilon, normed_.data() + at);
  });
  apply({{&layer.query, query_.data()}, {&layer.key, key_.data()}, {&layer.value, value_.data()}}, normed_.data(), width, count);

  const size_t head_stride = static_cast<size_t>(context_) * size;
  const size_t layer_at = static_cast<size_t>(index) * shape_.kv_heads * head_stride;
  threads_.run(count, [&](int token) {
    const int position = position_ + token;
    for (int head = 0; head < shape_.heads; head++) {
      rotate(query_.data() + static_cast<size_t>(token) * queries + head * size, shape_.rope_dimensions, shape_.rope_halves, position,
             rope_frequencies_);
    }
    for (int head = 0; head < shape_.kv_heads; head++) {
      float* key = key_.data() + static_cast<size_t>(token) * keys + head * size;
      const float* value = value_.data() + static_cast<size_t>(token) * keys + head * size;
      rotate(key, shape_.rope_dimensions, shape_.rope_halves, position, rope_frequencies_);
      const size_t at = layer_at + head * head_stride + static_cast<size_t>(position) * size;
      for (int i = 0; i < size; i++) keys_[at + i] = float_to_half(key[i]);
      for (int i = 0; i < size; i++) values_[at + i] = float_to_half(value[i]);
    }
  });

  const float scale = 1 / std::sqrt(static_cast<float>(size));
  const int group = shape_.heads / shape_.kv_heads;
  threads_.run(count * shape_.heads, [&](int chunk) {
    const int token = chunk / shape_.heads;
    const int head = chunk % shape_.heads;
    const int seen = position_ + token + 1;
    const float* query = query_.data() + static_cast<size_t>(token) * queries + head * size;
    const size_t at = layer_at + (head / group) * head_stride;
    thread_local std::vector<float> scores;
    scores.resize(static_cast<size_t>(seen));
    for (int i = 0; i < seen; i++) scores[i] = scale * dot(keys_.data() + at + static_cast<size_t>(i) * size, query, size);
    softmax(scores.data(), seen);
    float* out = attended_.data() + static_cast<size_t>(token) * queries + head * size;
    std::memset(out, 0, static_cast<size_t>(size) * sizeof(float));
    for (int i = 0; i < seen; i++) add_scaled(values_.data() + at + static_cast<size_t>(i) * size, scores[i], out, size);
  });
  if (shape_.sub_norms) {
    threads_.run(count, [&](int token) {
      float* row = attended_.data() + static_cast<size_t>(token) * queries;
      rms_norm(row, layer.attention_sub_norm, shape_.epsilon, row);
    });
  }
  apply({{&layer.output, normed_.data()}}, attended_.data(), queries, count);
  for (size_t i = 0; i < static_cast<size_t>(count) * width; i++) stream_[i] += normed_[i];
}

void Decoder::feed_forward(const Layer& layer, int count) {
  const int width = shape_.embedding;
  const int inner = shape_.feed_forward;
  threads_.run(count, [&](int token) {
    const size_t at = static_cast<size_t>(token) * width;
    rms_norm(stream_.data() + at, layer.feed_forward_norm, shape_.epsilon, normed_.data() + at);
  });
  apply({{&layer.gate, gate_.data()}, {&layer.up, up_.data()}}, normed_.data(), width, count);
  threads_.run(count, [&](int token) {
    float* gate = gate_.data() + static_cast<size_t>(token) * inner;
    const float* up = up_.data() + static_cast<size_t>(token) * inner;
    for (int i = 0; i < inner; i++) {
      const float x = gate[i];
      const float positive = x > 0 ? x : 0;
      gate[i] = (shape_.gate == Gate::Silu ? x / (1 + std::exp(-x)) : positive * positive) * up[i];
    }
    if (shape_.sub_norms) rms_norm(gate, layer.feed_forward_sub_norm, shape_.epsilon, gate);
  });
  apply({{&layer.down, normed_.data()}}, gate_.data(), inner, count);
  for (size_t i = 0; i < static_cast<size_t>(count) * width; i++) stream_[i] += normed_[i];
}

}  // namespace ryot
