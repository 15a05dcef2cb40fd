#pragma once

#include <cstdint>

namespace ryot {

// Blocks of 256 values as llama.cpp's K types have them (github.com/ggml-org/ggml, src/ggml-common.h).

/** What the 32 values of each of the eight parts of a Q4_K block are multiplied with, and what is taken away, in units of the block's two floats. */
struct FourBitScales {
  uint8_t scales[8];
  uint8_t offsets[8];
};

FourBitScales scales_of_q4_k(const uint8_t* block);

/** A Q4_K block's 256 codes in the order of its columns. */
void codes_of_q4_k(const uint8_t* block, uint8_t* codes);

/** A Q6_K block's 256 codes, the value + 32, in the order of its columns. Its scales stand at byte 192, one for 16 values, its float at 208. */
void codes_of_q6_k(const uint8_t* block, uint8_t* codes);

}  // namespace ryot
