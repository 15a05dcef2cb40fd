#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/buffer.h"
#include "formats/model_file.h"
#include "formats/tensor.h"

namespace ryot {

/**
 * A GGUF file, version 2 or 3 (github.com/ggml-org/ggml, docs/gguf.md). Its header is kept in memory; tensors are read when they are asked for.
 * Nothing in it is believed: counts, lengths, offsets and sizes are checked against the file before anything is read. Throws `Error`
 * MODEL_INVALID or MODEL_MISSING, at any time: somebody else may change the file.
 */
class Gguf {
 public:
  explicit Gguf(const std::string& path);

  size_t file_bytes() const { return file_.size(); }

  bool has(std::string_view key) const;
  /** Numbers of any type; throws where the key is there and holds something else, gives `fallback` where it is not there. */
  double number(std::string_view key, double fallback) const;
  /** Throws where the key is not there. */
  int required_int(std::string_view key, int least, int most) const;
  std::string text(std::string_view key, std::string_view fallback) const;
  std::vector<std::string_view> texts(std::string_view key) const;
  std::vector<double> numbers(std::string_view key) const;

  /** Null where there is no tensor of this name. */
  const StoredTensor* find(std::string_view name) const;
  const StoredTensor& get(std::string_view name) const;
  std::vector<std::string_view> tensor_names() const;

  /** The tensor in memory: in `room`, which grows where it is too small, until something else is read into it. CANCELLED once `stop` is set. */
  Tensor read(const StoredTensor& tensor, Buffer<uint8_t>& room, const std::atomic<bool>& stop) const;
  /** One row, as a tensor of its own. For several threads at once, with a room each. */
  Tensor read_row(const StoredTensor& tensor, int row, Buffer<uint8_t>& room) const;

 private:
  struct Value {
    uint32_t type = 0;
    /** Of an array: the type of its elements and how many there are. */
    uint32_t element = 0;
    uint64_t count = 0;
    const uint8_t* data = nullptr;
  };
  class Cursor;

  void read_header();
  void place(std::vector<StoredTensor> tensors, size_t header_bytes);
  const Value* value(std::string_view key) const;

  ModelFile file_;
  /** The front of the file, at least as far as the header goes. */
  Buffer<uint8_t> front_;
  std::map<std::string, Value, std::less<>> values_;
  std::map<std::string, StoredTensor, std::less<>> tensors_;
};

}  // namespace ryot
