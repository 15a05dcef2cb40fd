// `fuzz CASES SEED INPUT…`: so many cases, each a change of one of the inputs, the same for the same seed. A finding ends the process.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "mutations.h"

int main(int count, char** arguments) {
  if (count < 4) {
    std::fprintf(stderr, "usage: fuzz CASES SEED INPUT...\n");
    return 2;
  }
  const long cases = std::atol(arguments[1]);
  std::mt19937_64 random(static_cast<uint64_t>(std::atoll(arguments[2])));
  std::vector<std::vector<uint8_t>> inputs;
  for (int i = 3; i < count; i++) {
    std::ifstream file(arguments[i], std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    if (inputs.back().empty() || !ryot::fuzz_case(inputs.back())) {
      std::fprintf(stderr, "%s is not taken as it is\n", arguments[i]);
      return 1;
    }
  }
  long sound = 0;
  for (long i = 0; i < cases; i++) {
    const auto& input = inputs[random() % inputs.size()];
    sound += ryot::fuzz_case(ryot::mutated(input, inputs[random() % inputs.size()], random));
  }
  std::printf("%ld cases, %ld taken as sound, no crash\n", cases, sound);
  return 0;
}
