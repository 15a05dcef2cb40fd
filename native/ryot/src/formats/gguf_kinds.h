#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "common/error.h"

namespace ryot {

/** What a value of the header is (github.com/ggml-org/ggml, docs/gguf.md), by its number in the file. */
enum Kind : uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64 };

/** By kind; 0 for those that differ from value to value. */
constexpr size_t kKindBytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

/** A number of the file, which need not be aligned. */
template <typename T>
T load(const uint8_t* data) {
  T value;
  std::memcpy(&value, data, sizeof(T));
  return value;
}

[[noreturn]] inline void invalid(const std::string& message) { throw Error("MODEL_INVALID", message); }

}  // namespace ryot
