#include "formats/tensor.h"

#include <map>

namespace ryot {

Blocks blocks_of(TensorType type) {
  switch (type) {
    case TensorType::F32: return {1, 4};
    case TensorType::F16: return {1, 2};
    case TensorType::BF16: return {1, 2};
    case TensorType::Q4_0: return {32, 18};
    case TensorType::Q8_0: return {32, 34};
    case TensorType::Q4_K: return {256, 144};
    case TensorType::Q6_K: return {256, 210};
    case TensorType::TQ1_0: return {256, 54};
    case TensorType::TQ2_0: return {256, 66};
    case TensorType::I2_S: return {128, 32};
  }
  return {0, 0};
}

std::string name_of(TensorType type) {
  switch (type) {
    case TensorType::F32: return "F32";
    case TensorType::F16: return "F16";
    case TensorType::BF16: return "BF16";
    case TensorType::Q4_0: return "Q4_0";
    case TensorType::Q8_0: return "Q8_0";
    case TensorType::Q4_K: return "Q4_K";
    case TensorType::Q6_K: return "Q6_K";
    case TensorType::TQ1_0: return "TQ1_0";
    case TensorType::TQ2_0: return "TQ2_0";
    case TensorType::I2_S: return "I2_S";
  }
  // Those that only other engines read, for messages (github.com/ggml-org/ggml, include/ggml.h).
  static const std::map<uint32_t, const char*> others = {
      {3, "Q4_1"},     {6, "Q5_0"},   {7, "Q5_1"},   {9, "Q8_1"},   {10, "Q2_K"},   {11, "Q3_K"},  {13, "Q5_K"},  {15, "Q8_K"},   {16, "IQ2_XXS"},
      {17, "IQ2_XS"},  {18, "IQ3_XXS"}, {19, "IQ1_S"}, {20, "IQ4_NL"}, {21, "IQ3_S"}, {22, "IQ2_S"}, {23, "IQ4_XS"}, {24, "I8"},     {25, "I16"},
      {26, "I32"},     {27, "I64"},   {28, "F64"},   {29, "IQ1_M"}, {39, "MXFP4"},
  };
  const auto number = static_cast<uint32_t>(type);
  const auto other = others.find(number);
  return other == others.end() ? "type " + std::to_string(number) : other->second;
}

}  // namespace ryot
