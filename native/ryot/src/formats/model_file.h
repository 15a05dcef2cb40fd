#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace ryot {

/**
 * A file that stays open. It is read and never mapped: somebody may shorten it at any time, and what is then missing of a map ends the process.
 * For several threads at once.
 */
class ModelFile {
 public:
  /** Throws `Error` MODEL_MISSING, and MODEL_INVALID for what is empty or no file. */
  explicit ModelFile(const std::string& path);
  ~ModelFile();
  ModelFile(const ModelFile&) = delete;
  ModelFile& operator=(const ModelFile&) = delete;

  /** As it was when it was opened. */
  size_t size() const { return size_; }
  /** Throws `Error` MODEL_INVALID where the bytes are not there, or no longer. */
  void read(uint64_t offset, size_t bytes, uint8_t* into) const;

 private:
  int file_ = -1;
  size_t size_ = 0;
};

}  // namespace ryot
