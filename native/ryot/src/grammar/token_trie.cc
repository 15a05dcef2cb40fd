#include "grammar/token_trie.h"

#include <algorithm>

#include "text/utf8.h"

namespace ryot {
namespace {

/** How many characters a piece has that stand in a JSON string as they are; 0 where one does not, or is not whole. */
int plain_characters(const std::string& piece) {
  int count = 0;
  for (size_t at = 0; at < piece.size(); count++) {
    const size_t begin = at;
    const uint32_t character = next_character(piece, at);
    const bool whole = character != kReplacement || piece.compare(begin, 3, "\xef\xbf\xbd") == 0;
    if (!whole || character < 0x20 || character == '"' || character == '\\') return 0;
  }
  return count;
}

}  // namespace

TokenTrie::TokenTrie(std::vector<std::pair<std::string, int>> pieces) {
  std::sort(pieces.begin(), pieces.end());
  // The nodes of the last piece, one for each of its bytes.
  std::vector<int> path;
  const std::string* last = nullptr;
  const auto close = [&](size_t depth) {
    for (; path.size() > depth; path.pop_back()) nodes_[static_cast<size_t>(path.back())].end = static_cast<int>(nodes_.size());
  };
  for (const auto& [piece, token] : pieces) {
    size_t shared = 0;
    if (last != nullptr) {
      while (shared < std::min(piece.size(), last->size()) && piece[shared] == (*last)[shared]) shared++;
    }
    close(shared);
    for (size_t i = shared; i < piece.size(); i++) {
      path.push_back(static_cast<int>(nodes_.size()));
      nodes_.push_back({static_cast<uint8_t>(piece[i]), 0, 0, 0});
    }
    Node& node = nodes_[static_cast<size_t>(path.back())];
    if (node.first_token == node.last_token) node.first_token = static_cast<int>(tokens_.size());
    tokens_.push_back(token);
    node.last_token = static_cast<int>(tokens_.size());
    last = &piece;
  }
  close(0);
}

TokenTries::TokenTries(const Vocabulary& tokens) : vocabulary(tokens.size()) {
  std::vector<std::pair<std::string, int>> plain_pieces;
  std::vector<std::pair<std::string, int>> other_pieces;
  for (int token = 0; token < tokens.size(); token++) {
    std::string piece;
    tokens.append_piece(piece, token, false);
    if (piece.empty()) continue;
    longest_bytes = std::max(longest_bytes, static_cast<int>(piece.size()));
    const int characters = plain_characters(piece);
    if (characters > 0) plain_tokens.push_back({characters, token});
    (characters > 0 ? plain_pieces : other_pieces).emplace_back(std::move(piece), token);
  }
  plain_mask = TokenMask(vocabulary);
  for (const Plain& one : plain_tokens) plain_mask.set(one.token);
  plain = TokenTrie(std::move(plain_pieces));
  others = TokenTrie(std::move(other_pieces));
  std::stable_sort(plain_tokens.begin(), plain_tokens.end(), [](const Plain& a, const Plain& b) { return a.characters < b.characters; });
}

}  // namespace ryot
