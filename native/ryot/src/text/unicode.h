#pragma once

#include <cstdint>

namespace ryot {

/** What the rules that split text into words ask of a character. White space is a class of its own, whatever its category. */
enum class CharacterClass : uint8_t { Other, Letter, Number, Mark, Punctuation, Space };

CharacterClass class_of(uint32_t character);

}  // namespace ryot
