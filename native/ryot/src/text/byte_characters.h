#pragma once

#include <cstdint>

namespace ryot {

/** The character that GPT-2's vocabularies write for a byte: itself where it is visible, else one from U+0100 on (github.com/openai/gpt-2, encoder.py). */
uint32_t character_of(uint8_t byte);

/** The byte that a character stands for, or -1. */
int byte_of(uint32_t character);

}  // namespace ryot
