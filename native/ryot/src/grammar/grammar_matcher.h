#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "grammar/grammar.h"
#include "grammar/token_mask.h"
#include "grammar/token_trie.h"

namespace ryot {

/**
 * Follows a text through a grammar and says which tokens may come next. A grammar's stacks are kept as in GLR parsers, as a graph with shared
 * tails; each set of stacks that was met is a state of an automaton that is built as it is walked (as in llama.cpp's grammars and in XGrammar,
 * arXiv 2411.15100). Masks are kept for each state, also from one text to the next. Within JSON strings the tokens of plain characters are not
 * walked at all: they differ only in length (the slices of llguidance).
 *
 * All throw `Error` USAGE for a grammar that refers to itself without a byte in between, or that can go on in more ways than there is room for.
 */
class GrammarMatcher {
 public:
  /** The tries must live longer. */
  GrammarMatcher(Grammar grammar, const TokenTries& tries);

  /** Goes back to the beginning of a text. */
  void begin();
  /**
   * The tokens that may come next where `left` more may follow. Where the text can still be whole by then, only those that keep it so: one byte
   * costs at most one token. Valid until the next call. Throws `Error` CANCELLED once `stop` is set.
   */
  const TokenMask& mask(int left, const std::atomic<bool>& stop);
  /** Moves on. The bytes must be those of a token that the mask has. */
  void accept(std::string_view bytes);
  /** Whether the text is whole as it is. */
  bool whole() const { return state(state_).whole; }
  /** Whether nothing may come next. */
  bool finished() const { return state(state_).nodes.empty(); }

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
  struct Mask {
    TokenMask tokens;
    /** The most bytes that are missing to a whole text behind any of the tokens. */
    int most_missing = 0;
  };
  struct State {
    std::vector<int> nodes;
    bool whole;
    int missing;
    /** The state whose mask counts, once it is known. */
    int alike;
    std::unique_ptr<std::array<int, 256>> next;
    std::unique_ptr<Mask> mask;
  };
  struct Position {
    int element;
    int done;
    int below;
  };

  const Node& node(int index) const { return nodes_[static_cast<size_t>(index)]; }
  State& state(int index) { return states_[static_cast<size_t>(index)]; }
  const State& state(int index) const { return states_[static_cast<size_t>(index)]; }

  int node_of(const Position& position);
  int state_of(std::vector<int> nodes, bool whole);
  /** All that is needed to read the next byte: follows rules and ends of rules until bytes come. */
  int closure(std::vector<Position> positions);
  int next(int from, uint8_t byte);
  /** The repetition of characters of a text that this node is in, and begins one of; null where it is in none. */
  const Grammar::Element* text_of(const Node& top) const;
  /** How many more characters a text may have whose next one begins at this node; 0 where no text does. */
  int text_room(const Node& top) const;
  /** A state whose mask is the same: within a text, how many characters are behind matters only where one of the limits is near. */
  int alike(int from);
  std::unique_ptr<Mask> mask_of(int from, const std::atomic<bool>& stop);
  void walk(const TokenTrie& trie, int from, int most_missing, Mask& mask, const std::atomic<bool>& stop);
  /** Keeps only where the text is. */
  void forget();

  const Grammar grammar_;
  const TokenTries& tries_;
  std::vector<Node> nodes_;
  std::map<std::array<int, 3>, int> node_ids_;
  std::vector<State> states_;
  std::map<std::vector<int>, int> state_ids_;
  /** About what all of these take. */
  size_t bytes_ = 0;
  int state_ = 0;
  Mask narrow_;
};

}  // namespace ryot
