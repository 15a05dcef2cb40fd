#include "text/utf8.h"

#include <algorithm>

namespace ryot {
namespace {

/** Zero where the bytes at `at` are no whole character (Unicode 16, table 3-7). */
size_t whole_length(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[at + i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = utf8_length(first);
  if (length == 1 || length > text.size() - at) return 0;
  for (size_t i = 1; i < length; i++) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Longer than needed, half of a surrogate pair, or past the last character.
  if (first == 0xe0 && byte(1) < 0xa0) return 0;
  if (first == 0xed && byte(1) > 0x9f) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;
  if (first == 0xf4 && byte(1) > 0x8f) return 0;
  return length;
}

}  // namespace

uint32_t next_character(std::string_view text, size_t& at) {
  const size_t length = whole_length(text, at);
  const auto first = static_cast<uint8_t>(text[at]);
  if (length == 0) {
    at++;
    return kReplacement;
  }
  uint32_t character = length == 1 ? first : first & (0x7fu >> length);
  for (size_t i = 1; i < length; i++) character = character << 6 | (static_cast<uint8_t>(text[at + i]) & 0x3f);
  at += length;
  return character;
}

void append_utf8(std::string& text, uint32_t character) {
  if (character < 0x80) {
    text += static_cast<char>(character);
    return;
  }
  const int more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
  text += static_cast<char>((0xff00u >> (more + 1) & 0xff) | character >> 6 * more);
  for (int i = more - 1; i >= 0; i--) text += static_cast<char>(0x80 | (character >> 6 * i & 0x3f));
}

std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  for (size_t at = 0; at < text.size();) append_utf8(valid, next_character(text, at));
  return valid;
}

size_t unfinished_utf8(std::string_view text) {
  for (size_t back = 1; back <= std::min<size_t>(3, text.size()); back++) {
    const auto byte = static_cast<uint8_t>(text[text.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;
    return utf8_length(byte) > back ? back : 0;
  }
  return 0;
}

}  // namespace ryot
