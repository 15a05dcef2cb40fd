#pragma once

#include <cstdint>

#include "common/error.h"
#include "formats/gguf.h"
#include "weights/loading.h"
#include "weights/ternary.h"

namespace ryot {

float half_to_float(uint16_t half);
uint16_t float_to_half(float value);

/** What to throw where a tensor holds infinities or what is no number. */
Error not_numbers(const TensorForm& tensor);

/** One row of a tensor as floats, `columns` of them. */
void read_row(const Tensor& tensor, int row, float* into);

/** Rounds values as llama.cpp does before it multiplies them with a tensor of this type, to compare with it. */
void round_as_llama_cpp(TensorType weights, const float* values, int count, float* into);

/** Whether every row is a scale times -1, 0, +1; or every block, where the type holds nothing else. */
bool is_ternary(const Tensor& tensor);

/** Packs a ternary tensor, rows shared among the threads. Throws `Error` MODEL_INVALID where it holds something else. */
TernaryMatrix read_ternary(const Tensor& tensor, Arena& arena, const Loading& loading);

}  // namespace ryot
