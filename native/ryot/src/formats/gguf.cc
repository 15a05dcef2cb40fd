#include "formats/gguf.h"

#include <algorithm>
#include <cstring>

#include "common/patience.h"
#include "formats/gguf_kinds.h"

namespace ryot {
namespace {

constexpr uint64_t kMostDimension = 1u << 30;
/** Many times what the largest models have; each takes memory of its own. */
constexpr uint64_t kMostEntries = 1u << 16;
constexpr uint64_t kMostAlignment = 1u << 16;
/** How much of a file is read to find its header: vocabularies of 200,000 tokens take 10 MB. */
constexpr size_t kFirstFront = size_t{1} << 20;
constexpr size_t kMostFront = size_t{256} << 20;

/** A moment's work of a slow disk: then somebody may have lost patience. */
constexpr uint64_t kAtATime = uint64_t{4} << 20;

/** The header goes on behind what was read of the file, or behind its end. */
struct CutOff {
  const char* message;
};

}  // namespace

/** Reads forward and never past the end. */
class Gguf::Cursor {
 public:
  Cursor(const uint8_t* data, size_t size) : begin_(data), at_(data), end_(data + size) {}

  size_t offset() const { return static_cast<size_t>(at_ - begin_); }

  const uint8_t* take(uint64_t bytes) {
    if (bytes > static_cast<uint64_t>(end_ - at_)) throw CutOff{"the file ends in the middle of its header"};
    const uint8_t* taken = at_;
    at_ += bytes;
    return taken;
  }

  template <typename T>
  T read() {
    return load<T>(take(sizeof(T)));
  }

  std::string_view text() {
    const auto length = read<uint64_t>();
    return {reinterpret_cast<const char*>(take(length)), length};
  }

  /** How many things there can be at most, if each takes this many bytes. */
  uint64_t count(uint64_t least_bytes) {
    const auto value = read<uint64_t>();
    if (value > static_cast<uint64_t>(end_ - at_) / least_bytes) throw CutOff{"the header promises more than the file holds"};
    return value;
  }

  Value value(uint32_t type) {
    Value read_value;
    read_value.type = type;
    if (type == Array) {
      read_value.element = read<uint32_t>();
      if (read_value.element > F64 || read_value.element == Array) invalid("an array of the header has an unknown type");
      const size_t each = kKindBytes[read_value.element];
      read_value.count = count(each == 0 ? sizeof(uint64_t) : each);
      read_value.data = at_;
      if (each > 0) {
        take(each * read_value.count);
      } else {
        for (uint64_t i = 0; i < read_value.count; i++) text();
      }
      return read_value;
    }
    if (type > F64) invalid("a value of the header has an unknown type");
    read_value.data = at_;
    if (type == String) {
      text();
    } else {
      take(kKindBytes[type]);
    }
    return read_value;
  }

 private:
  const uint8_t* begin_;
  const uint8_t* at_;
  const uint8_t* end_;
};

Gguf::Gguf(const std::string& path) : file_(path) {
  for (size_t bytes = kFirstFront;; bytes *= 4) {
    front_ = Buffer<uint8_t>(std::min(bytes, file_.size()));
    file_.read(0, front_.size(), front_.data());
    try {
      read_header();
      return;
    } catch (const CutOff& cut) {
      if (front_.size() == file_.size() || bytes >= kMostFront) invalid(cut.message);
    }
    values_.clear();
  }
}

void Gguf::read_header() {
  Cursor cursor(front_.data(), front_.size());
  if (std::memcmp(cursor.take(4), "GGUF", 4) != 0) invalid("this is no GGUF file");
  const auto version = cursor.read<uint32_t>();
  if (version != 2 && version != 3) invalid("GGUF version " + std::to_string(version) + " is not known");
  // A tensor takes at least a name's length, a number of dimensions, one dimension, a type and an offset.
  const uint64_t tensors = cursor.count(8 + 4 + 8 + 4 + 8);
  const uint64_t keys = cursor.count(8 + 4 + 1);
  if (tensors > kMostEntries || keys > kMostEntries) invalid("the header has impossibly many tensors or keys");
  for (uint64_t i = 0; i < keys; i++) {
    std::string key(cursor.text());
    const Value read_value = cursor.value(cursor.read<uint32_t>());
    if (!values_.emplace(std::move(key), read_value).second) invalid("a key stands in the header twice");
  }
  std::vector<StoredTensor> stored;
  for (uint64_t i = 0; i < tensors; i++) {
    StoredTensor tensor;
    tensor.name = cursor.text();
    const std::string& name = tensor.name;
    const auto dimensions = cursor.read<uint32_t>();
    if (dimensions < 1 || dimensions > 4) invalid("tensor " + name + " has " + std::to_string(dimensions) + " dimensions");
    uint64_t rows = 1;
    for (uint32_t d = 0; d < dimensions; d++) {
      const auto size = cursor.read<uint64_t>();
      if (size == 0 || size > kMostDimension || rows > kMostDimension / (d == 0 ? 1 : size)) {
        invalid("tensor " + name + " has an impossible size");
      }
      if (d == 0) {
        tensor.columns = static_cast<int>(size);
      } else {
        rows *= size;
      }
    }
    tensor.rows = static_cast<int>(rows);
    tensor.type = static_cast<TensorType>(cursor.read<uint32_t>());
    tensor.offset = cursor.read<uint64_t>();
    stored.push_back(std::move(tensor));
  }
  place(std::move(stored), cursor.offset());
}

/** Turns offsets within the data into offsets within the file, where every tensor lies whole and beside the others. */
void Gguf::place(std::vector<StoredTensor> tensors, size_t header_bytes) {
  const auto alignment = static_cast<uint64_t>(number("general.alignment", 32));
  if (alignment == 0 || alignment > kMostAlignment || (alignment & (alignment - 1)) != 0) invalid("the alignment is no power of two");
  const uint64_t data = (header_bytes + alignment - 1) / alignment * alignment;
  const uint64_t size = file_.size();
  for (StoredTensor& tensor : tensors) {
    const Blocks blocks = blocks_of(tensor.type);
    if (blocks.values == 0) {
      invalid("tensor " + tensor.name + " has " + name_of(tensor.type) + ", which only the llama-cpp backend can run");
    }
    if (static_cast<uint64_t>(tensor.columns) % blocks.values != 0) invalid("tensor " + tensor.name + " has rows of broken blocks");
    // At most 2^60 values of at most 4 bytes: this cannot overflow.
    tensor.bytes = static_cast<uint64_t>(tensor.columns) / blocks.values * blocks.bytes * static_cast<uint64_t>(tensor.rows);
    if (tensor.type == TensorType::I2_S) tensor.bytes += kTailOfI2S;
    if (tensor.offset % alignment != 0) invalid("tensor " + tensor.name + " is not aligned");
    if (data > size || tensor.offset > size - data || tensor.bytes > size - data - tensor.offset) {
      invalid("the file ends before tensor " + tensor.name + " does");
    }
    tensor.offset += data;
  }
  std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
  for (size_t i = 1; i < tensors.size(); i++) {
    const StoredTensor& before = tensors[i - 1];
    if (before.offset + before.bytes > tensors[i].offset) {
      invalid("tensors " + before.name + " and " + tensors[i].name + " lie over each other in the file");
    }
  }
  for (StoredTensor& tensor : tensors) {
    std::string name = tensor.name;
    if (!tensors_.emplace(std::move(name), std::move(tensor)).second) invalid("a tensor stands in the file twice");
  }
}

const StoredTensor* Gguf::find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

std::vector<std::string_view> Gguf::tensor_names() const {
  std::vector<std::string_view> names;
  names.reserve(tensors_.size());
  for (const auto& [name, tensor] : tensors_) names.push_back(name);
  return names;
}

const StoredTensor& Gguf::get(std::string_view name) const {
  const StoredTensor* found = find(name);
  if (found == nullptr) invalid("the file has no tensor " + std::string(name));
  return *found;
}

namespace {

Tensor tensor_in(Buffer<uint8_t>& room, const TensorForm& form) {
  if (room.size() < form.bytes) {
    // What is there goes first, or there would be both for a while.
    room = Buffer<uint8_t>();
    room = Buffer<uint8_t>(form.bytes, Pages::Huge);
  }
  Tensor tensor;
  static_cast<TensorForm&>(tensor) = form;
  tensor.data = room.data();
  return tensor;
}

}  // namespace

Tensor Gguf::read(const StoredTensor& tensor, Buffer<uint8_t>& room, const std::atomic<bool>& stop) const {
  const Tensor whole = tensor_in(room, tensor);
  for (uint64_t at = 0; at < tensor.bytes; at += kAtATime) {
    throw_if_stopped(stop);
    file_.read(tensor.offset + at, std::min(kAtATime, tensor.bytes - at), room.data() + at);
  }
  return whole;
}

Tensor Gguf::read_row(const StoredTensor& tensor, int row, Buffer<uint8_t>& room) const {
  const size_t tail = tensor.type == TensorType::I2_S ? kTailOfI2S : 0;
  const size_t bytes = (tensor.bytes - tail) / static_cast<size_t>(tensor.rows);
  TensorForm form = tensor;
  form.rows = 1;
  form.bytes = bytes + tail;
  const Tensor one = tensor_in(room, form);
  file_.read(tensor.offset + bytes * static_cast<size_t>(row), bytes, room.data());
  if (tail > 0) file_.read(tensor.offset + tensor.bytes - tail, tail, room.data() + bytes);
  return one;
}

}  // namespace ryot
