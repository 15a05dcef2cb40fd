#include "gguf.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "error.h"

namespace ryot {
namespace {

enum Kind : uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64 };

constexpr size_t kKindBytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
constexpr uint64_t kMostDimension = 1u << 30;
constexpr uint64_t kMostAlignment = 1u << 16;

[[noreturn]] void invalid(const std::string& message) { throw Error("MODEL_INVALID", message); }

template <typename T>
T load(const uint8_t* data) {
  T value;
  std::memcpy(&value, data, sizeof(T));
  return value;
}

/** How many values a block holds and how many bytes it takes. */
struct Blocks {
  uint64_t values;
  uint64_t bytes;
};

/** Zero values for a type that cannot be read. */
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

}  // namespace

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
  return "type " + std::to_string(static_cast<uint32_t>(type));
}

/** Reads forward and never past the end. */
class Gguf::Cursor {
 public:
  Cursor(const uint8_t* data, size_t size) : begin_(data), at_(data), end_(data + size) {}

  size_t offset() const { return static_cast<size_t>(at_ - begin_); }

  const uint8_t* take(uint64_t bytes) {
    if (bytes > static_cast<uint64_t>(end_ - at_)) invalid("the file ends in the middle of its header");
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
    if (value > static_cast<uint64_t>(end_ - at_) / least_bytes) invalid("the header promises more than the file holds");
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

Gguf::Gguf(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw Error("MODEL_MISSING", path + ": " + std::strerror(errno));
  struct stat status = {};
  const bool known = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  size_ = known ? static_cast<size_t>(status.st_size) : 0;
  void* map = size_ == 0 ? MAP_FAILED : mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
  const bool no_room = size_ > 0 && map == MAP_FAILED && errno == ENOMEM;
  close(file);
  if (no_room) throw Error("OUT_OF_MEMORY", "there is not enough memory to open " + path);
  if (map == MAP_FAILED) invalid(path + " is empty, or no file that can be mapped");
  map_ = static_cast<const uint8_t*>(map);
  try {
    read();
  } catch (...) {
    munmap(map, size_);
    throw;
  }
}

Gguf::~Gguf() { munmap(const_cast<uint8_t*>(map_), size_); }

void Gguf::read() {
  Cursor cursor(map_, size_);
  if (std::memcmp(cursor.take(4), "GGUF", 4) != 0) invalid("this is no GGUF file");
  const auto version = cursor.read<uint32_t>();
  if (version != 2 && version != 3) invalid("GGUF version " + std::to_string(version) + " is not known");
  // A tensor takes at least a name's length, a number of dimensions, one dimension, a type and an offset.
  const uint64_t tensors = cursor.count(8 + 4 + 8 + 4 + 8);
  const uint64_t keys = cursor.count(8 + 4 + 1);
  for (uint64_t i = 0; i < keys; i++) {
    std::string key(cursor.text());
    const Value read_value = cursor.value(cursor.read<uint32_t>());
    if (!values_.emplace(std::move(key), read_value).second) invalid("a key stands in the header twice");
  }
  struct Place {
    Tensor tensor;
    uint64_t offset;
  };
  std::vector<Place> places;
  for (uint64_t i = 0; i < tensors; i++) {
    Place place;
    place.tensor.name = cursor.text();
    const std::string& name = place.tensor.name;
    const auto dimensions = cursor.read<uint32_t>();
    if (dimensions < 1 || dimensions > 4) invalid("tensor " + name + " has " + std::to_string(dimensions) + " dimensions");
    uint64_t rows = 1;
    for (uint32_t d = 0; d < dimensions; d++) {
      const auto size = cursor.read<uint64_t>();
      if (size == 0 || size > kMostDimension || rows > kMostDimension / (d == 0 ? 1 : size)) {
        invalid("tensor " + name + " has an impossible size");
      }
      if (d == 0) {
        place.tensor.columns = static_cast<int>(size);
      } else {
        rows *= size;
      }
    }
    place.tensor.rows = static_cast<int>(rows);
    place.tensor.type = static_cast<TensorType>(cursor.read<uint32_t>());
    place.offset = cursor.read<uint64_t>();
    places.push_back(std::move(place));
  }

  const auto alignment = static_cast<uint64_t>(number("general.alignment", 32));
  if (alignment == 0 || alignment > kMostAlignment || (alignment & (alignment - 1)) != 0) invalid("the alignment is no power of two");
  const uint64_t data = (cursor.offset() + alignment - 1) / alignment * alignment;
  for (Place& place : places) {
    Tensor& tensor = place.tensor;
    const Blocks blocks = blocks_of(tensor.type);
    if (blocks.values == 0) {
      invalid("tensor " + tensor.name + " has " + name_of(tensor.type) + ", which only the llama-cpp backend can run");
    }
    if (static_cast<uint64_t>(tensor.columns) % blocks.values != 0) invalid("tensor " + tensor.name + " has rows of broken blocks");
    // At most 2^60 values of at most 4 bytes: this cannot overflow.
    tensor.bytes = static_cast<uint64_t>(tensor.columns) / blocks.values * blocks.bytes * static_cast<uint64_t>(tensor.rows);
    if (tensor.type == TensorType::I2_S) tensor.bytes += 32;
    if (place.offset % alignment != 0) invalid("tensor " + tensor.name + " is not aligned");
    if (data > size_ || place.offset > size_ - data || tensor.bytes > size_ - data - place.offset) {
      invalid("the file ends before tensor " + tensor.name + " does");
    }
    tensor.data = map_ + data + place.offset;
    std::string name = tensor.name;
    if (!tensors_.emplace(std::move(name), std::move(tensor)).second) invalid("a tensor stands in the file twice");
  }
}

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

std::vector<double> Gguf::numbers(std::string_view key) const {
  const Value* found = value(key);
  std::vector<double> read_numbers;
  if (found == nullptr) return read_numbers;
  if (found->type != Array || found->element == String) invalid(std::string(key) + " is no list of numbers");
  for (uint64_t i = 0; i < found->count; i++) {
    read_numbers.push_back(number_at(found->data + i * kKindBytes[found->element], found->element, key));
  }
  return read_numbers;
}

const Tensor* Gguf::find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

const Tensor& Gguf::get(std::string_view name) const {
  const Tensor* found = find(name);
  if (found == nullptr) invalid("the file has no tensor " + std::string(name));
  return *found;
}

void Gguf::forget(const Tensor& tensor) const {
  // Whole pages: those at the ends hold something of the neighbours too, and are given back all the same.
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t begin = reinterpret_cast<uintptr_t>(tensor.data) / page * page;
  const uintptr_t end = reinterpret_cast<uintptr_t>(tensor.data) + tensor.bytes;
  madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace ryot
