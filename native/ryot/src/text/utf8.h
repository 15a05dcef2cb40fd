#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ryot {

constexpr uint32_t kReplacement = 0xfffd;

/** How many bytes a character takes by its first byte; 1 where no character begins with it. */
inline size_t utf8_length(uint8_t first) { return first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1; }

/** Reads the character at `at` and moves behind it. A byte that begins no whole character is one U+FFFD. */
uint32_t next_character(std::string_view text, size_t& at);

void append_utf8(std::string& text, uint32_t character);

/** The text with U+FFFD for every byte that is not part of a whole character. */
std::string valid_utf8(std::string_view text);

/** How many bytes at the end may become a character once more bytes follow: 0 to 3. */
size_t unfinished_utf8(std::string_view text);

}  // namespace ryot
