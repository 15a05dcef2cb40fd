#pragma once

#include <vector>

#include "formats/gguf.h"
#include "model/attention.h"
#include "model/rope.h"
#include "weights/coded_activations.h"

namespace ryot {

// The definitions of right for what runs in vector registers: one value after the other, in plain C++, and of weights from the file's own bytes, so
// that packing is held against them too. Integers must be the same; so must single floats where they are added up in the same order. The others are
// worked out in 64 bits.

/** What `quantise` makes, where the activations stand. */
void quantise_scalar(const float* values, int tokens, size_t stride, CodedActivations& into);

/** `out[token * rows + row]`, of a tensor that `is_coded`. */
void multiply_scalar(const Tensor& coded, const CodedActivations& activations, float* out);

/** `out[row]` of a head as bytes with a scale a row, or of Q6_K as it is. */
void multiply_head_scalar(const Tensor& head, const Activations& activations, float* out);

/** `out`: `head_size` values. */
void attend_scalar(const KvCache& cache, int layer, int head, const Query& query, double* out);

void rms_norm_scalar(const float* values, const std::vector<float>& weights, float epsilon, double* into);
void gate_silu_scalar(const float* gate, const float* up, int count, double* into);
void gate_squared_relu_scalar(const float* gate, const float* up, int count, double* into);

/** Turns one head's vector of a rule without scaling. */
void turn_scalar(const RopeRule& rule, int position, double* head);

}  // namespace ryot
