#pragma once

#include <atomic>
#include <string_view>
#include <vector>

#include "common/patience.h"
#include "text/vocabulary.h"

namespace ryot {

/** A stretch of text, or a token that stood in it by its name. */
struct Fragment {
  std::string_view text;
  int token = Vocabulary::kNone;
};

/** The bytes from one to another of a text. */
struct Stretch {
  size_t begin;
  size_t end;
};

/** Finds the names of special tokens in a text, all in one pass over a trie of them. */
class SpecialTokens {
 public:
  SpecialTokens(const Vocabulary& vocabulary, const std::atomic<bool>& stop);

  /**
   * Longer names go first, wherever they stand, as in llama.cpp. Tokens that a user defined are always found; control tokens and the unknown one
   * only where no byte of their name is one of `said`, as what a stranger wrote must not end a turn. `said`: in ascending order. Takes memory in
   * proportion to the text, whatever the vocabulary. Throws CANCELLED once `stop` is set.
   */
  std::vector<Fragment> split(std::string_view text, const std::vector<Stretch>& said, const std::atomic<bool>& stop) const;

 private:
  struct Node {
    int child = 0;
    int sibling = 0;
    int token = Vocabulary::kNone;
    char byte = 0;
  };
  struct Match {
    size_t begin;
    size_t end;
    int token;
  };

  int child_of(int node, char byte) const;
  void add(int token);
  Match longest(std::string_view text, size_t begin, size_t end, const Stretch* said, Patience& patience) const;

  const Vocabulary& vocabulary_;
  std::vector<Node> nodes_;
  bool first_bytes_[256] = {};
};

}  // namespace ryot
