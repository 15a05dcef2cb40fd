#pragma once

#include <random>
#include <string>
#include <vector>

#include "formats/gguf.h"
#include "weights/ternary.h"

namespace ryot {

// What checks and measurements are made on.

std::vector<float> random_values(size_t count, std::mt19937& random);

/** Zeros of both signs, the smallest and very large numbers, infinities and what is no number, among ordinary ones. */
std::vector<float> extreme_values(size_t count, std::mt19937& random);

TernaryMatrix random_ternary(int rows, int columns, ScaleSpan span, Arena& arena, std::mt19937& random);

/** All weights are 1. */
TernaryMatrix largest_ternary(int rows, int columns, ScaleSpan span, Arena& arena);

/** A tensor as it would lie in a file. */
struct RandomTensor {
  std::vector<uint8_t> bytes;
  Tensor tensor;
};

/**
 * A tensor of `Q4_0`, `Q8_0`, `Q4_K`, `Q6_K` or `F16`, columns rounded up to whole blocks. `extreme`: codes and scales are the largest and smallest
 * that there are. Throws `Error` USAGE for another type.
 */
RandomTensor random_tensor(const std::string& type, int rows, int columns, bool extreme, std::mt19937& random);

}  // namespace ryot
