#pragma once

#include <stdexcept>
#include <string>

namespace ryot {

/** What a person can do something about; `code` is one of the program's error codes. */
class Error : public std::runtime_error {
 public:
  Error(const char* code, const std::string& message) : std::runtime_error(message), code_(code) {}
  const char* code() const { return code_; }

 private:
  const char* code_;
};

}  // namespace ryot
