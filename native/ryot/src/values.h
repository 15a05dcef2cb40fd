#pragma once

#include <cstdint>

#include "gguf.h"
#include "ternary.h"
#include "threads.h"

namespace ryot {

float half_to_float(uint16_t half);
uint16_t float_to_half(float value);

/** One row of a tensor as floats, `columns` of them. */
void read_row(const Tensor& tensor, int row, float* into);

/** Whether every row is a scale times -1, 0, +1. Types that can hold nothing else need no look at their values. */
bool is_ternary(const Tensor& tensor);

/** Packs a ternary tensor, rows shared among the threads. Throws `Error` where `is_ternary` would be false. */
TernaryMatrix read_ternary(const Tensor& tensor, Threads& threads);

}  // namespace ryot
