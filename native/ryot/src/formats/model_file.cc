#include "formats/model_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/error.h"

namespace ryot {

ModelFile::ModelFile(const std::string& path) : file_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (file_ < 0) throw Error("MODEL_MISSING", path + ": " + std::strerror(errno));
  struct stat status = {};
  const bool known = fstat(file_, &status) == 0 && S_ISREG(status.st_mode);
  size_ = known ? static_cast<size_t>(status.st_size) : 0;
  if (size_ > 0) return;
  close(file_);
  throw Error("MODEL_INVALID", path + " is empty, or no file");
}

ModelFile::~ModelFile() { close(file_); }

void ModelFile::read(uint64_t offset, size_t bytes, uint8_t* into) const {
  while (bytes > 0) {
    const ssize_t got = pread(file_, into, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error("MODEL_INVALID", std::string("the file cannot be read: ") + std::strerror(errno));
    if (got == 0) throw Error("MODEL_INVALID", "the file was shortened after it had been opened");
    offset += static_cast<uint64_t>(got);
    into += got;
    bytes -= static_cast<size_t>(got);
  }
}

}  // namespace ryot
