#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace ryot {

/** Tensor types by their number in GGUF. Only those that can be read are named. */
enum class TensorType : uint32_t {
  F32 = 0,
  F16 = 1,
  Q4_0 = 2,
  Q8_0 = 8,
  Q4_K = 12,
  Q6_K = 14,
  BF16 = 30,
  TQ1_0 = 34,
  TQ2_0 = 35,
  I2_S = 36,
};

/** `I2_S`, or `type 17` for one that is not known. */
std::string name_of(TensorType type);

/** How many values a block holds and how many bytes it takes. */
struct Blocks {
  uint64_t values;
  uint64_t bytes;
};

/** Zero values for a type that cannot be read. */
Blocks blocks_of(TensorType type);

/** An I2_S tensor ends with its scale, and with what fills that up to 32 bytes. */
constexpr size_t kTailOfI2S = 32;

/** What a tensor is like: `columns` values a row, `rows` rows. */
struct TensorForm {
  std::string name;
  TensorType type = TensorType::F32;
  int columns = 0;
  int rows = 1;
  size_t bytes = 0;
};

/** One in memory. */
struct Tensor : TensorForm {
  const uint8_t* data = nullptr;
};

/** One in the file. */
struct StoredTensor : TensorForm {
  uint64_t offset = 0;
};

}  // namespace ryot
