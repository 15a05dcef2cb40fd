#include "grammar_matcher.h"

#include <algorithm>
#include <limits>
#include <set>

#include "error.h"

namespace ryot {
namespace {

using Kind = Grammar::Kind;

/** Where more states were met, those behind the text are forgotten: about 1 KB each, and a mask for some. */
constexpr size_t kMostStates = 8192;
/** Stacks that grow further without reading a byte are a rule that begins with itself. */
constexpr size_t kMostSteps = 1 << 16;
constexpr int kDead = -2;
constexpr int kUnknown = -1;

}  // namespace

GrammarMatcher::GrammarMatcher(const Grammar& grammar, const TokenTries& tries) : grammar_(grammar), tries_(tries) {
  std::vector<Position> beginnings;
  for (const int start : grammar_.alternatives(0)) beginnings.push_back({start, 0, kNone});
  state_ = closure(std::move(beginnings));
}

int GrammarMatcher::node_of(const Position& position) {
  const auto [found, added] = node_ids_.try_emplace({position.element, position.done, position.below}, static_cast<int>(nodes_.size()));
  if (added) {
    const int below = position.below == kNone ? 0 : nodes_[static_cast<size_t>(position.below)].missing;
    const int64_t missing = static_cast<int64_t>(grammar_.least_bytes(position.element, position.done)) + below;
    nodes_.push_back({position.element, position.done, position.below,
                      static_cast<int>(std::min<int64_t>(missing, std::numeric_limits<int>::max() / 2))});
  }
  return found->second;
}

int GrammarMatcher::state_of(std::vector<int> nodes, bool whole) {
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  std::vector<int> key = nodes;
  key.push_back(whole ? -1 : -2);
  const auto [found, added] = state_ids_.try_emplace(std::move(key), static_cast<int>(states_.size()));
  if (added) {
    int missing = whole ? 0 : std::numeric_limits<int>::max();
    for (const int node : nodes) missing = std::min(missing, nodes_[static_cast<size_t>(node)].missing);
    states_.push_back({std::move(nodes), whole, missing, kNone, nullptr, nullptr});
  }
  return found->second;
}

int GrammarMatcher::closure(std::vector<Position> positions) {
  std::vector<int> nodes;
  std::set<std::array<int, 3>> seen;
  bool whole = false;
  while (!positions.empty()) {
    const Position at = positions.back();
    positions.pop_back();
    if (!seen.insert({at.element, at.done, at.below}).second) continue;
    if (seen.size() > kMostSteps) throw Error("USAGE", "a rule of the grammar begins with itself");
    const Grammar::Element& element = grammar_.element(at.element);
    const auto call = [&](int rule, int below) {
      for (const int start : grammar_.alternatives(rule)) positions.push_back({start, 0, below});
    };
    switch (element.kind) {
      case Kind::End:
      case Kind::Or:
        if (at.below == kNone) {
          whole = true;
        } else {
          const Node& below = nodes_[static_cast<size_t>(at.below)];
          positions.push_back({below.element, below.done, below.below});
        }
        break;
      case Kind::Byte:
        nodes.push_back(node_of(at));
        break;
      case Kind::Rule:
        // What ends with a call needs no place to come back to.
        call(element.a, grammar_.ends(at.element + 1) ? at.below : node_of({at.element + 1, 0, at.below}));
        break;
      case Kind::Repeat:
        if (at.done >= element.b) positions.push_back({at.element + 1, 0, at.below});
        if (element.c < 0 || at.done < element.c) {
          // Where there is no upper limit, only the lower one needs counting.
          const int done = element.c < 0 ? std::min(at.done + 1, element.b) : at.done + 1;
          call(element.a, node_of({at.element, done, at.below}));
        }
        break;
    }
  }
  return nodes.empty() && !whole ? kDead : state_of(std::move(nodes), whole);
}

int GrammarMatcher::next(int state, uint8_t byte) {
  if (states_[static_cast<size_t>(state)].next == nullptr) {
    states_[static_cast<size_t>(state)].next = std::make_unique<std::array<int, 256>>();
    states_[static_cast<size_t>(state)].next->fill(kUnknown);
  }
  const int known = (*states_[static_cast<size_t>(state)].next)[byte];
  if (known != kUnknown) return known;
  std::vector<Position> positions;
  for (const int index : states_[static_cast<size_t>(state)].nodes) {
    const Node& node = nodes_[static_cast<size_t>(index)];
    if (grammar_.holds(grammar_.element(node.element).a, byte)) positions.push_back({node.element + 1, 0, node.below});
  }
  const int found = closure(std::move(positions));
  (*states_[static_cast<size_t>(state)].next)[byte] = found;
  return found;
}

int GrammarMatcher::text_room(const Node& node) const {
  const int text = grammar_.text_rule();
  if (text < 0 || node.below == kNone || node.element != grammar_.alternatives(text)[0]) return 0;
  const Node& below = nodes_[static_cast<size_t>(node.below)];
  const Grammar::Element& repeat = grammar_.element(below.element);
  if (repeat.kind != Kind::Repeat || repeat.a != text) return 0;
  // `done` counts the character that begins here, too.
  return repeat.c < 0 ? std::numeric_limits<int>::max() : repeat.c - below.done + 1;
}

void GrammarMatcher::walk(const TokenTrie& trie, int state, int most_missing, TokenMask& mask) {
  struct Branch {
    int end;
    int state;
  };
  const std::vector<TokenTrie::Node>& nodes = trie.nodes();
  std::vector<Branch> branches{{static_cast<int>(nodes.size()), state}};
  for (int i = 0; i < static_cast<int>(nodes.size());) {
    while (branches.back().end <= i) branches.pop_back();
    const TokenTrie::Node& node = nodes[static_cast<size_t>(i)];
    const int reached = next(branches.back().state, node.byte);
    if (reached == kDead) {
      i = node.end;
      continue;
    }
    const int missing = states_[static_cast<size_t>(reached)].missing;
    if (node.last_token > node.first_token && missing <= most_missing) {
      mask.most_missing = std::max(mask.most_missing, missing);
      for (int t = node.first_token; t < node.last_token; t++) mask.set(trie.token(t));
    }
    branches.push_back({node.end, reached});
    i++;
  }
}

int GrammarMatcher::alike(int state) {
  if (states_[static_cast<size_t>(state)].alike != kNone) return states_[static_cast<size_t>(state)].alike;
  std::vector<int> nodes = states_[static_cast<size_t>(state)].nodes;
  for (int& index : nodes) {
    const Node node = nodes_[static_cast<size_t>(index)];
    if (node.below == kNone) continue;
    const Node below = nodes_[static_cast<size_t>(node.below)];
    const Grammar::Element& repeat = grammar_.element(below.element);
    if (repeat.kind != Kind::Repeat || repeat.a != grammar_.text_rule()) continue;
    // No token has more characters than bytes, and one may have begun.
    const int reach = below.done + tries_.longest_bytes + 1;
    int done = below.done;
    if (reach < repeat.b) {
      done = 0;
    } else if (below.done >= repeat.b && reach < repeat.c) {
      done = repeat.b;
    }
    index = node_of({node.element, node.done, node_of({below.element, done, below.below})});
  }
  const int found = state_of(std::move(nodes), states_[static_cast<size_t>(state)].whole);
  states_[static_cast<size_t>(state)].alike = found;
  return found;
}

void GrammarMatcher::make_mask(int state) {
  auto mask = std::make_unique<TokenMask>();
  int room = 0;
  std::vector<int> texts;
  for (const int index : states_[static_cast<size_t>(state)].nodes) {
    const Node& node = nodes_[static_cast<size_t>(index)];
    const int own = text_room(node);
    if (own == 0) continue;
    room = std::max(room, own);
    texts.push_back(node.below);
    mask->most_missing = std::max(mask->most_missing, node.missing - 1);
  }
  if (room == 0) {
    mask->bits.assign(tries_.plain_bits.size(), 0);
  } else {
    mask->bits = tries_.plain_bits;
    for (auto plain = tries_.plain_tokens.rbegin(); plain != tries_.plain_tokens.rend() && plain->characters > room; ++plain) {
      mask->clear(plain->token);
    }
  }
  constexpr int kAny = std::numeric_limits<int>::max();
  walk(tries_.others, state, kAny, *mask);
  // Plain tokens also go on with what is no text: the rest of the state.
  std::vector<int> rest;
  for (const int index : states_[static_cast<size_t>(state)].nodes) {
    if (std::find(texts.begin(), texts.end(), nodes_[static_cast<size_t>(index)].below) == texts.end()) rest.push_back(index);
  }
  if (!rest.empty()) walk(tries_.plain, texts.empty() ? state : state_of(std::move(rest), false), kAny, *mask);
  states_[static_cast<size_t>(state)].mask = std::move(mask);
}

const TokenMask& GrammarMatcher::mask(int left) {
  if (states_.size() > kMostStates) forget();
  const int shown = alike(state_);
  if (states_[static_cast<size_t>(shown)].mask == nullptr) make_mask(shown);
  const TokenMask& mask = *states_[static_cast<size_t>(shown)].mask;
  if (mask.most_missing <= left || states_[static_cast<size_t>(state_)].missing > left + 1) return mask;
  narrow_.bits.assign(mask.bits.size(), 0);
  narrow_.most_missing = 0;
  walk(tries_.others, state_, left, narrow_);
  walk(tries_.plain, state_, left, narrow_);
  return narrow_;
}

void GrammarMatcher::accept(std::string_view bytes) {
  for (const char byte : bytes) {
    const int reached = next(state_, static_cast<uint8_t>(byte));
    if (reached == kDead) throw Error("INTERNAL", "a token was taken that the grammar does not allow");
    state_ = reached;
  }
}

void GrammarMatcher::forget() {
  const std::vector<Node> nodes = std::move(nodes_);
  const std::vector<int> kept = std::move(states_[static_cast<size_t>(state_)].nodes);
  const bool was_whole = whole();
  nodes_.clear();
  node_ids_.clear();
  states_.clear();
  state_ids_.clear();
  std::vector<int> moved;
  for (const int top : kept) {
    std::vector<int> stack;
    for (int at = top; at != kNone; at = nodes[static_cast<size_t>(at)].below) stack.push_back(at);
    int below = kNone;
    for (auto at = stack.rbegin(); at != stack.rend(); ++at) {
      const Node& node = nodes[static_cast<size_t>(*at)];
      below = node_of({node.element, node.done, below});
    }
    moved.push_back(below);
  }
  state_ = state_of(std::move(moved), was_whole);
}

}  // namespace ryot
