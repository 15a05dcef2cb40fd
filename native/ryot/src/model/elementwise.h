#pragma once

#include <vector>

namespace ryot {

/** Root mean square normalisation (Zhang and Sennrich 2019, arXiv 1910.07467) of as many values as there are weights; `into` may be `values`. */
void rms_norm(const float* values, const std::vector<float>& weights, float epsilon, float* into);

void add(const float* values, int count, float* into);

/** `gate` = x · sigmoid(x) · up, the gated unit of Llama (Shazeer 2020, arXiv 2002.05202). */
void gate_silu(float* gate, const float* up, int count);

/** `gate` = max(0, x)² · up, that of BitNet b1.58 2B-4T (arXiv 2504.12285). */
void gate_squared_relu(float* gate, const float* up, int count);

}  // namespace ryot
