#include "generation/written_text.h"

#include <algorithm>
#include <utility>

#include "text/utf8.h"

namespace ryot {

WrittenText::WrittenText(std::vector<std::string> stop_strings) : stop_strings_(std::move(stop_strings)) {
  stop_strings_.erase(std::remove(stop_strings_.begin(), stop_strings_.end(), std::string()), stop_strings_.end());
}

std::string WrittenText::add(std::string_view bytes) {
  if (stopped_) return {};
  pending_ += bytes;
  size_t end = std::string::npos;
  for (const std::string& stop : stop_strings_) end = std::min(end, pending_.find(stop));
  stopped_ = end != std::string::npos;
  if (!stopped_) end = pending_.size() - held_bytes();
  std::string text = valid_utf8(std::string_view(pending_).substr(0, end));
  pending_.erase(0, stopped_ ? std::string::npos : end);
  return text;
}

std::string WrittenText::rest() { return valid_utf8(std::exchange(pending_, {})); }

size_t WrittenText::held_bytes() const {
  size_t held = unfinished_utf8(pending_);
  for (const std::string& stop : stop_strings_) {
    for (size_t length = std::min(stop.size() - 1, pending_.size()); length > held; length--) {
      if (pending_.compare(pending_.size() - length, length, stop, 0, length) == 0) held = length;
    }
  }
  return held;
}

}  // namespace ryot
