#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace ryot {

/** Huge pages are for what is read from end to end: the system's prefetchers stop at the border of a page, and its tables fit in no cache. */
enum class Pages { Small, Huge };

/** Memory that begins at a cache line, which is also a whole vector register. */
template <typename T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t count, Pages pages = Pages::Small) : data_(allocate(count, pages)), size_(count) {}

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  size_t size() const { return size_; }
  T& operator[](size_t i) { return data_.get()[i]; }
  const T& operator[](size_t i) const { return data_.get()[i]; }

 private:
  static constexpr size_t kLine = 64;
  static constexpr size_t kHugePage = size_t{2} << 20;

  struct Free {
    void operator()(T* pointer) const { std::free(pointer); }
  };

  static T* allocate(size_t count, Pages pages) {
    const size_t wanted = count * sizeof(T);
    const bool huge = pages == Pages::Huge && wanted >= kHugePage;
    const size_t alignment = huge ? kHugePage : kLine;
    const size_t bytes = wanted == 0 ? alignment : (wanted + alignment - 1) / alignment * alignment;
    void* memory = std::aligned_alloc(alignment, bytes);
    if (memory == nullptr) throw std::bad_alloc();
    // Advice: where it is not taken, everything works, more slowly.
    if (huge) madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(memory);
  }

  std::unique_ptr<T, Free> data_;
  size_t size_ = 0;
};

}  // namespace ryot
