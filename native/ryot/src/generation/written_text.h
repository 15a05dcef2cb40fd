#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ryot {

/**
 * Makes text of the pieces that a model writes. What it hands out is whole UTF-8 and cannot be the beginning of a string that ends the text:
 * that much is held back until more is known.
 */
class WrittenText {
 public:
  explicit WrittenText(std::vector<std::string> stop_strings);

  /** Adds bytes, and returns what can be handed out now. */
  std::string add(std::string_view bytes);
  /** Whether one of the strings came. What stands before it was handed out; nothing else will be. */
  bool stopped() const { return stopped_; }
  /** What was held back, once nothing more comes. */
  std::string rest();

 private:
  size_t held_bytes() const;

  std::vector<std::string> stop_strings_;
  std::string pending_;
  bool stopped_ = false;
};

}  // namespace ryot
