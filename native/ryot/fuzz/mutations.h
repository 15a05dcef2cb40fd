#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace ryot {

/** Handles one input; whether it was taken as sound. Defined by each fuzzer. What it throws besides is a finding, as is what a sanitizer says. */
bool fuzz_case(const std::vector<uint8_t>& bytes);

/** Changes an input in one to eight places: bits, bytes, numbers that like to break things, runs that are cut, doubled or taken from another input. */
std::vector<uint8_t> mutated(const std::vector<uint8_t>& input, const std::vector<uint8_t>& other, std::mt19937_64& random);

}  // namespace ryot
