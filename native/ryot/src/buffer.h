#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace ryot {

/** Memory that begins at a cache line, which is also a whole vector register. */
template <typename T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t count) : data_(allocate(count)), size_(count) {}

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  size_t size() const { return size_; }
  T& operator[](size_t i) { return data_.get()[i]; }
  const T& operator[](size_t i) const { return data_.get()[i]; }

 private:
  static constexpr size_t kAlignment = 64;

  struct Free {
    void operator()(T* pointer) const { std::free(pointer); }
  };

  static T* allocate(size_t count) {
    const size_t bytes = (count * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
    void* memory = std::aligned_alloc(kAlignment, bytes == 0 ? kAlignment : bytes);
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<T*>(memory);
  }

  std::unique_ptr<T, Free> data_;
  size_t size_ = 0;
};

}  // namespace ryot
