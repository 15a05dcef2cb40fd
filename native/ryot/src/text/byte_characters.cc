#include "text/byte_characters.h"

#include <array>

namespace ryot {
namespace {

constexpr bool visible(uint32_t byte) { return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae; }

struct Map {
  std::array<uint32_t, 256> characters{};
  std::array<int, 512> bytes{};
};

constexpr Map make() {
  Map map;
  for (int& byte : map.bytes) byte = -1;
  uint32_t hidden = 256;
  for (uint32_t byte = 0; byte < 256; byte++) {
    const uint32_t character = visible(byte) ? byte : hidden++;
    map.characters[byte] = character;
    map.bytes[character] = static_cast<int>(byte);
  }
  return map;
}

constexpr Map kMap = make();

}  // namespace

uint32_t character_of(uint8_t byte) { return kMap.characters[byte]; }

int byte_of(uint32_t character) { return character < kMap.bytes.size() ? kMap.bytes[character] : -1; }

}  // namespace ryot
