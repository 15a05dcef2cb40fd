#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

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

/** One tensor: `columns` values a row, `rows` rows, as they lie in the file. */
struct Tensor {
  std::string name;
  TensorType type;
  int columns = 0;
  int rows = 1;
  const uint8_t* data = nullptr;
  size_t bytes = 0;
};

/**
 * A GGUF file, version 2 or 3, mapped into memory (github.com/ggml-org/ggml, docs/gguf.md). Nothing in it is believed: counts, lengths, offsets
 * and sizes are checked against the file before anything is read. Throws `Error` MODEL_INVALID or MODEL_MISSING.
 */
class Gguf {
 public:
  explicit Gguf(const std::string& path);
  ~Gguf();
  Gguf(const Gguf&) = delete;
  Gguf& operator=(const Gguf&) = delete;

  size_t file_bytes() const { return size_; }

  bool has(std::string_view key) const;
  /** Numbers of any type; throws where the key is there and holds something else, gives `fallback` where it is not there. */
  double number(std::string_view key, double fallback) const;
  /** Throws where the key is not there. */
  int required_int(std::string_view key, int least, int most) const;
  std::string text(std::string_view key, std::string_view fallback) const;
  std::vector<std::string_view> texts(std::string_view key) const;
  std::vector<double> numbers(std::string_view key) const;

  /** Null where there is no tensor of this name. */
  const Tensor* find(std::string_view name) const;
  const Tensor& get(std::string_view name) const;
  /** Gives the memory of a tensor's bytes back: they can still be read, and come from the file again. */
  void forget(const Tensor& tensor) const;

 private:
  struct Value {
    uint32_t type = 0;
    /** Of an array: the type of its elements and how many there are. */
    uint32_t element = 0;
    uint64_t count = 0;
    const uint8_t* data = nullptr;
  };
  class Cursor;

  void read();
  const Value* value(std::string_view key) const;

  const uint8_t* map_ = nullptr;
  size_t size_ = 0;
  std::map<std::string, Value, std::less<>> values_;
  std::map<std::string, Tensor, std::less<>> tensors_;
};

}  // namespace ryot
