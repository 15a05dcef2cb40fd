#pragma once

#include <napi.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace ryot {

// What JavaScript hands over. A value that is missing, or of another type, is the fallback.

inline double number_of(const Napi::Object& options, const char* name, double fallback) {
  const Napi::Value value = options.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : fallback;
}

inline int int_of(const Napi::Object& options, const char* name, int fallback) {
  const Napi::Value value = options.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().Int32Value() : fallback;
}

/** Every number is a seed. */
inline uint64_t seed_of(const Napi::Object& options) {
  const double number = number_of(options, "seed", 0);
  uint64_t bits = 0;
  std::memcpy(&bits, &number, sizeof bits);
  return bits;
}

inline std::string text_of(const Napi::Object& options, const char* name, const char* fallback) {
  const Napi::Value value = options.Get(name);
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : fallback;
}

inline std::vector<std::string> texts_of(const Napi::Value& value) {
  std::vector<std::string> texts;
  if (!value.IsArray()) return texts;
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); i++) {
    const Napi::Value text = array.Get(i);
    if (text.IsString()) texts.push_back(text.As<Napi::String>().Utf8Value());
  }
  return texts;
}

/** None where it is no `Int32Array`. */
inline std::vector<int> tokens_of(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) return {};
  const auto array = value.As<Napi::Int32Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

}  // namespace ryot
