#include "mutations.h"

#include <algorithm>
#include <cstring>

namespace ryot {
namespace {

/** Borders of number types, and of what a file of this size can hold. */
uint64_t awkward_number(size_t size, std::mt19937_64& random) {
  const uint64_t numbers[] = {0,          1,          2,         3,         4,         31,       32,   33,        0x7f,      0xff,
                              0x7fffffff, 0x80000000, 0xffffffff, 1ull << 32, 1ull << 62, ~0ull >> 1, ~0ull, size, size - 1, size / 2};
  const uint64_t number = numbers[random() % (sizeof(numbers) / sizeof(*numbers))];
  return number + random() % 3 - 1;
}

void change_one_place(std::vector<uint8_t>& bytes, const std::vector<uint8_t>& other, std::mt19937_64& random) {
  // Most of what can break stands at the front of a file.
  const size_t reach = random() % 4 == 0 ? bytes.size() : std::min<size_t>(bytes.size(), 2048);
  const size_t at = random() % reach;
  const size_t left = bytes.size() - at;
  switch (random() % 7) {
    case 0:
      bytes[at] ^= static_cast<uint8_t>(1 << random() % 8);
      return;
    case 1:
      bytes[at] = static_cast<uint8_t>(random());
      return;
    case 2: {
      const uint64_t number = awkward_number(bytes.size(), random);
      std::memcpy(bytes.data() + at, &number, std::min<size_t>(left, size_t{1} << random() % 4));
      return;
    }
    case 3:
      bytes.resize(std::max<size_t>(1, random() % 3 == 0 ? at : bytes.size() - random() % std::min<size_t>(bytes.size(), 64)));
      return;
    case 4:
      bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin() + static_cast<std::ptrdiff_t>(at + std::min<size_t>(left - 1, random() % 64)));
      return;
    case 5: {
      const std::vector<uint8_t> run(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin() + static_cast<std::ptrdiff_t>(at + std::min<size_t>(left, random() % 128)));
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), run.begin(), run.end());
      return;
    }
    default: {
      const size_t from = random() % other.size();
      std::memcpy(bytes.data() + at, other.data() + from, std::min({left, other.size() - from, static_cast<size_t>(random() % 256)}));
    }
  }
}

}  // namespace

std::vector<uint8_t> mutated(const std::vector<uint8_t>& input, const std::vector<uint8_t>& other, std::mt19937_64& random) {
  std::vector<uint8_t> bytes = input;
  for (uint64_t changes = 1 + random() % 8; changes > 0; changes--) change_one_place(bytes, other, random);
  return bytes;
}

}  // namespace ryot
