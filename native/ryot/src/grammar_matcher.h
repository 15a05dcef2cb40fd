#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "grammar.h"
#include "token_trie.h"

namespace ryot {

/** Which tokens may come next: a bit each. */
struct TokenMask {
  std::vector<uint64_t> bits;
  /** The most bytes that are missing to a whole text behind any of the tokens. */
  int most_missing = 0;

  bool has(int token) const { return (bits[static_cast<size_t>(token) / 64] >> (token % 64) & 1) != 0; }
  void set(int token) { bits[static_cast<size_t>(token) / 64] |= uint64_t{1} << (token % 64); }
  void clear(int token) { bits[static_cast<size_t>(token) / 64] &= ~(uint64_t{1} << (token % 64)); }
};

/**
 * Follows a text through a grammar and says which tokens may come next. A grammar's stacks are kept as in GLR parsers, as a graph with shared
 * tails; each set of stacks that was met is a state of an automaton that is built as it is walked (as in llama.cpp's grammars and in XGrammar,
 * arXiv 2411.15100). Masks are kept for each state. Within JSON strings the tokens of plain characters are not walked at all: they differ
 * only in length (the slices of llguidance).
 */
class GrammarMatcher {
 public:
  /** Both must live longer. Throws `Error` USAGE for a grammar that refers to itself without end. */
  GrammarMatcher(const Grammar& grammar, const TokenTries& tries);

  /**
   * The tokens that may come next where `left` more may follow. Where the text can still be whole by then, only those that keep it so: one byte
   * costs at most one token.
   */
  const TokenMask& mask(int left);
  /** Moves on. The bytes must be those of a token that the mask has. */
  void accept(std::string_view bytes);
  /** Whether the text is whole as it is. */
  bool whole() const { return states_[static_cast<size_t>(state_)].whole; }
  /** Whether nothing may come next. */
  bool finished() const { return states_[static_cast<size_t>(state_)].nodes.empty(); }

 private:
  static constexpr int kNone = -1;

  /** The top of a stack: the element that comes next, how often a repetition was done, and what is below. */
  struct Node {
    int element;
    int done;
    int below;
    /** The fewest bytes to the end of the text. */
    int missing;
  };
  struct State {
    std::vector<int> nodes;
    bool whole;
    int missing;
    /** The state whose mask counts, once it is known. */
    int alike;
    std::unique_ptr<std::array<int, 256>> next;
    std::unique_ptr<TokenMask> mask;
  };
  struct Position {
    int element;
    int done;
    int below;
  };

  int node_of(const Position& position);
  int state_of(std::vector<int> nodes, bool whole);
  /** All that is needed to read the next byte: follows rules and ends of rules until bytes come. */
  int closure(std::vector<Position> positions);
  int next(int state, uint8_t byte);
  /** How many more characters a text may have whose next one begins at this node; 0 where no text does. */
  int text_room(const Node& node) const;
  /** A state whose mask is the same: within a text, how many characters are behind matters only where one of the limits is near. */
  int alike(int state);
  void make_mask(int state);
  void walk(const TokenTrie& trie, int state, int most_missing, TokenMask& mask);
  void forget();

  const Grammar& grammar_;
  const TokenTries& tries_;
  std::vector<Node> nodes_;
  std::map<std::array<int, 3>, int> node_ids_;
  std::vector<State> states_;
  std::map<std::vector<int>, int> state_ids_;
  int state_ = 0;
  TokenMask narrow_;
};

}  // namespace ryot
