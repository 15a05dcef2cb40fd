#include "formats/gguf.h"
#include "formats/gguf_kinds.h"

namespace ryot {

const Gguf::Value* Gguf::value(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

bool Gguf::has(std::string_view key) const { return value(key) != nullptr; }

namespace {

double number_at(const uint8_t* data, uint32_t type, std::string_view key) {
  switch (type) {
    case U8: return load<uint8_t>(data);
    case I8: return load<int8_t>(data);
    case U16: return load<uint16_t>(data);
    case I16: return load<int16_t>(data);
    case U32: return load<uint32_t>(data);
    case I32: return load<int32_t>(data);
    case F32: return load<float>(data);
    case Bool: return load<uint8_t>(data) != 0;
    case U64: return static_cast<double>(load<uint64_t>(data));
    case I64: return static_cast<double>(load<int64_t>(data));
    case F64: return load<double>(data);
    default: invalid(std::string(key) + " is no number");
  }
}

}  // namespace

double Gguf::number(std::string_view key, double fallback) const {
  const Value* found = value(key);
  return found == nullptr ? fallback : number_at(found->data, found->type, key);
}

int Gguf::required_int(std::string_view key, int least, int most) const {
  if (!has(key)) invalid("the header has no " + std::string(key));
  const double read_number = number(key, 0);
  if (!(read_number >= least && read_number <= most)) invalid(std::string(key) + " is out of range");
  return static_cast<int>(read_number);
}

std::string Gguf::text(std::string_view key, std::string_view fallback) const {
  const Value* found = value(key);
  if (found == nullptr) return std::string(fallback);
  if (found->type != String) invalid(std::string(key) + " is no text");
  return {reinterpret_cast<const char*>(found->data) + 8, load<uint64_t>(found->data)};
}

std::vector<std::string_view> Gguf::texts(std::string_view key) const {
  const Value* found = value(key);
  std::vector<std::string_view> read_texts;
  if (found == nullptr) return read_texts;
  if (found->type != Array || found->element != String) invalid(std::string(key) + " is no list of texts");
  const uint8_t* at = found->data;
  for (uint64_t i = 0; i < found->count; i++) {
    const auto length = load<uint64_t>(at);
    read_texts.emplace_back(reinterpret_cast<const char*>(at) + 8, length);
    at += 8 + length;
  }
  return read_texts;
}

/** Several times the largest vocabularies: a byte of a file becomes eight in memory. */
constexpr uint64_t kMostNumbers = 1 << 24;

std::vector<double> Gguf::numbers(std::string_view key) const {
  const Value* found = value(key);
  std::vector<double> read_numbers;
  if (found == nullptr) return read_numbers;
  if (found->type != Array || found->element == String) invalid(std::string(key) + " is no list of numbers");
  if (found->count > kMostNumbers) invalid(std::string(key) + " is impossibly long");
  read_numbers.reserve(found->count);
  for (uint64_t i = 0; i < found->count; i++) {
    read_numbers.push_back(number_at(found->data + i * kKindBytes[found->element], found->element, key));
  }
  return read_numbers;
}

}  // namespace ryot
