#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "grammar/token_mask.h"
#include "text/vocabulary.h"

namespace ryot {

/** Tokens by their bytes, as a tree in the order of a walk: `end` is where the walk goes on that leaves a branch out. */
class TokenTrie {
 public:
  struct Node {
    uint8_t byte;
    int end;
    /** The tokens that end here, in `tokens`. */
    int first_token;
    int last_token;
  };

  TokenTrie() = default;
  explicit TokenTrie(std::vector<std::pair<std::string, int>> pieces);

  const std::vector<Node>& nodes() const { return nodes_; }
  int token(int index) const { return tokens_[static_cast<size_t>(index)]; }

 private:
  std::vector<Node> nodes_;
  std::vector<int> tokens_;
};

/** A vocabulary as grammars look at it. Tokens without text, and those that are not for texts, are left out. */
struct TokenTries {
  explicit TokenTries(const Vocabulary& vocabulary);

  struct Plain {
    int characters;
    int token;
  };

  int vocabulary = 0;
  int longest_bytes = 0;
  /** Whole characters that stand in a JSON string as they are: most of a vocabulary, and within a string all alike but for their length. */
  TokenTrie plain;
  /** The plain ones again, the short ones first. */
  std::vector<Plain> plain_tokens;
  TokenMask plain_mask;
  /** Everything else. */
  TokenTrie others;
};

}  // namespace ryot
