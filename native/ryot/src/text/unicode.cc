#include "text/unicode.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace ryot {
namespace {

/** Each begins a run of characters of one class that ends where the next begins: `character << 3 | class`. */
constexpr uint32_t kRuns[] = {
#include "text/unicode_runs.inc"
};

CharacterClass search(uint32_t character) {
  const uint32_t* after = std::upper_bound(std::begin(kRuns), std::end(kRuns), character << 3 | 7);
  return static_cast<CharacterClass>(*(after - 1) & 7);
}

}  // namespace

CharacterClass class_of(uint32_t character) {
  static const auto kFirst = [] {
    std::array<CharacterClass, 0x800> classes;
    for (uint32_t i = 0; i < classes.size(); i++) classes[i] = search(i);
    return classes;
  }();
  return character < kFirst.size() ? kFirst[character] : search(character);
}

}  // namespace ryot
