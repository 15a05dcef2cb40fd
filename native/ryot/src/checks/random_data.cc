#include "checks/random_data.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/error.h"
#include "weights/values.h"

namespace ryot {
namespace {

/** How a type's blocks are made of bytes: columns, bytes, and where their 16-bit floats stand. */
struct BlockForm {
  const char* name;
  TensorType type;
  int columns;
  int bytes;
  std::vector<int> halves;
};

const BlockForm& form_named(const std::string& name) {
  static const std::vector<BlockForm> kForms = {
      {"F16", TensorType::F16, 1, 2, {0}},           {"Q4_0", TensorType::Q4_0, 32, 18, {0}},    {"Q8_0", TensorType::Q8_0, 32, 34, {0}},
      {"Q4_K", TensorType::Q4_K, 256, 144, {0, 2}}, {"Q6_K", TensorType::Q6_K, 256, 210, {208}},
  };
  for (const BlockForm& form : kForms) {
    if (name == form.name) return form;
  }
  throw Error("USAGE", "no tensor of type '" + name + "' can be made");
}

float random_value(std::mt19937& random) { return static_cast<float>(static_cast<int>(random() % 20001) - 10000) / 3000; }

}  // namespace

std::vector<float> random_values(size_t count, std::mt19937& random) {
  std::vector<float> values(count);
  for (float& value : values) value = random_value(random);
  return values;
}

std::vector<float> extreme_values(size_t count, std::mt19937& random) {
  using Limits = std::numeric_limits<float>;
  static const float kExtremes[] = {0, -0.0f, Limits::denorm_min(), Limits::min(), 1e-20f, -3e4f, 3e4f, 1e30f, -1e30f, Limits::infinity(), Limits::quiet_NaN()};
  // Most vectors get none of the worst, which would hide all the others.
  const size_t kinds = random() % 3 == 0 ? std::size(kExtremes) : std::size(kExtremes) - 2;
  std::vector<float> values(count);
  for (float& value : values) value = random() % 2 == 0 ? kExtremes[random() % kinds] : random_value(random);
  return values;
}

TernaryMatrix random_ternary(int rows, int columns, ScaleSpan span, Arena& arena, std::mt19937& random) {
  TernaryMatrix matrix = make_ternary(rows, columns, span, arena);
  for (size_t i = 0; i < matrix.scale_count(); i++) matrix.scales[i] = static_cast<float>(1 + random() % 100) / 64;
  std::vector<uint8_t> codes(static_cast<size_t>(columns));
  for (int row = 0; row < rows; row++) {
    for (uint8_t& code : codes) code = static_cast<uint8_t>(random() % 3);
    pack_row(matrix, row, codes.data());
  }
  return matrix;
}

TernaryMatrix largest_ternary(int rows, int columns, ScaleSpan span, Arena& arena) {
  TernaryMatrix matrix = make_ternary(rows, columns, span, arena);
  std::fill_n(matrix.scales, matrix.scale_count(), 1.0f);
  const std::vector<uint8_t> codes(static_cast<size_t>(columns), 2);
  for (int row = 0; row < rows; row++) pack_row(matrix, row, codes.data());
  return matrix;
}

RandomTensor random_tensor(const std::string& type, int rows, int columns, bool extreme, std::mt19937& random) {
  static constexpr uint8_t kExtremes[] = {0x00, 0x7f, 0x80, 0xff};
  const BlockForm& form = form_named(type);
  const int blocks = (columns + form.columns - 1) / form.columns;
  RandomTensor made;
  made.bytes.resize(static_cast<size_t>(rows) * blocks * form.bytes);
  for (uint8_t& byte : made.bytes) byte = extreme ? kExtremes[random() % 4] : static_cast<uint8_t>(random());
  for (size_t block = 0; block < made.bytes.size(); block += form.bytes) {
    for (const int at : form.halves) {
      const float scale = extreme ? (random() % 2 == 0 ? 65504.0f : std::ldexp(1.0f, -24)) : random_value(random) / 100;
      const uint16_t half = float_to_half(scale);
      made.bytes[block + at] = static_cast<uint8_t>(half);
      made.bytes[block + at + 1] = static_cast<uint8_t>(half >> 8);
    }
  }
  made.tensor = {{"random", form.type, blocks * form.columns, rows, made.bytes.size()}, made.bytes.data()};
  return made;
}

}  // namespace ryot
