#include "grammar/grammar_matcher.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "common/error.h"
#include "common/patience.h"

namespace ryot {
namespace {

using Kind = Grammar::Kind;

/** Where more than this is kept, all that is behind the text is forgotten. */
constexpr size_t kKeptBytes = size_t{64} << 20;
/** A grammar whose next token alone takes more than this is refused. */
constexpr size_t kMostBytes = size_t{512} << 20;
/** Stacks of one state: the ways that the text may be read in. */
constexpr size_t kMostStacks = 4096;
/** Stacks that grow further without reading a byte are a rule that begins with itself. */
constexpr size_t kMostSteps = 1 << 16;
constexpr int kDead = -2;
constexpr int kUnknown = -1;
constexpr int kAny = std::numeric_limits<int>::max();
/** What an entry of a map takes beside its key and value. */
constexpr size_t kEntryBytes = 48;

}  // namespace

GrammarMatcher::GrammarMatcher(Grammar grammar, const TokenTries& tries) : grammar_(std::move(grammar)), tries_(tries) { begin(); }

void GrammarMatcher::begin() {
  std::vector<Position> beginnings;
  for (const int start : grammar_.alternatives(0)) beginnings.push_back({start, 0, kNone});
  state_ = closure(std::move(beginnings));
  if (state_ == kDead) throw Error("USAGE", "no text fulfils the grammar");
}

int GrammarMatcher::node_of(const Position& position) {
  const std::array<int, 3> key = {position.element, position.done, position.below};
  const auto found = node_ids_.find(key);
  if (found != node_ids_.end()) return found->second;
  const int below = position.below == kNone ? 0 : node(position.below).missing;
  const int64_t missing = static_cast<int64_t>(grammar_.least_bytes(position.element, position.done)) + below;
  const int added = static_cast<int>(nodes_.size());
  // Before its number can be found: where memory runs out in between, the next text under this grammar must not find what is not there.
  nodes_.push_back({position.element, position.done, position.below, static_cast<int>(std::min<int64_t>(missing, kAny / 2))});
  node_ids_.emplace(key, added);
  bytes_ += sizeof(Node) + sizeof(*found) + kEntryBytes;
  return added;
}

int GrammarMatcher::state_of(std::vector<int> nodes, bool whole) {
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  if (nodes.size() > kMostStacks) throw Error("USAGE", "the grammar can go on in too many ways at once");
  std::vector<int> key = nodes;
  key.push_back(whole ? -1 : -2);
  const auto found = state_ids_.find(key);
  if (found != state_ids_.end()) return found->second;
  int missing = whole ? 0 : kAny;
  for (const int index : nodes) missing = std::min(missing, node(index).missing);
  bytes_ += sizeof(State) + sizeof(*found) + kEntryBytes + 2 * nodes.size() * sizeof(int);
  const int added = static_cast<int>(states_.size());
  // In this order for the same reason as a node's.
  states_.push_back({std::move(nodes), whole, missing, kNone, nullptr, nullptr});
  state_ids_.emplace(std::move(key), added);
  return added;
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
          const Node& below = node(at.below);
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

int GrammarMatcher::next(int from, uint8_t byte) {
  if (state(from).next == nullptr) {
    state(from).next = std::make_unique<std::array<int, 256>>();
    state(from).next->fill(kUnknown);
    bytes_ += sizeof(*state(from).next);
  }
  const int known = (*state(from).next)[byte];
  if (known != kUnknown) return known;
  std::vector<Position> positions;
  for (const int index : state(from).nodes) {
    const Node& top = node(index);
    if (grammar_.holds(grammar_.element(top.element).a, byte)) positions.push_back({top.element + 1, 0, top.below});
  }
  const int found = closure(std::move(positions));
  (*state(from).next)[byte] = found;
  return found;
}

const Grammar::Element* GrammarMatcher::text_of(const Node& top) const {
  if (grammar_.text_rule() < 0 || top.below == kNone) return nullptr;
  const Grammar::Element& repeat = grammar_.element(node(top.below).element);
  return repeat.kind == Kind::Repeat && repeat.a == grammar_.text_rule() ? &repeat : nullptr;
}

int GrammarMatcher::text_room(const Node& top) const {
  const Grammar::Element* repeat = text_of(top);
  if (repeat == nullptr || top.element != grammar_.alternatives(grammar_.text_rule())[0]) return 0;
  // `done` counts the character that begins here, too.
  return repeat->c < 0 ? kAny : repeat->c - node(top.below).done + 1;
}

int GrammarMatcher::alike(int from) {
  if (state(from).alike != kNone) return state(from).alike;
  std::vector<int> nodes = state(from).nodes;
  for (int& index : nodes) {
    const Node top = node(index);
    const Grammar::Element* repeat = text_of(top);
    if (repeat == nullptr) continue;
    const Node below = node(top.below);
    // No token has more characters than bytes, and one may have begun.
    const int reach = below.done + tries_.longest_bytes + 1;
    int done = below.done;
    if (reach < repeat->b) {
      done = 0;
    } else if (below.done >= repeat->b && reach < repeat->c) {
      done = repeat->b;
    }
    index = node_of({top.element, top.done, node_of({below.element, done, below.below})});
  }
  const int found = state_of(std::move(nodes), state(from).whole);
  state(from).alike = found;
  return found;
}

void GrammarMatcher::walk(const TokenTrie& trie, int from, int most_missing, Mask& mask, const std::atomic<bool>& stop) {
  struct Branch {
    int end;
    int state;
  };
  const std::vector<TokenTrie::Node>& nodes = trie.nodes();
  std::vector<Branch> branches{{static_cast<int>(nodes.size()), from}};
  for (int i = 0; i < static_cast<int>(nodes.size());) {
    throw_if_stopped(stop);
    if (bytes_ > kMostBytes) throw Error("USAGE", "the grammar can go on in too many ways");
    while (branches.back().end <= i) branches.pop_back();
    const TokenTrie::Node& at = nodes[static_cast<size_t>(i)];
    const int reached = next(branches.back().state, at.byte);
    if (reached == kDead) {
      i = at.end;
      continue;
    }
    const int missing = state(reached).missing;
    if (at.last_token > at.first_token && missing <= most_missing) {
      mask.most_missing = std::max(mask.most_missing, missing);
      for (int t = at.first_token; t < at.last_token; t++) mask.tokens.set(trie.token(t));
    }
    branches.push_back({at.end, reached});
    i++;
  }
}

std::unique_ptr<GrammarMatcher::Mask> GrammarMatcher::mask_of(int from, const std::atomic<bool>& stop) {
  auto mask = std::make_unique<Mask>();
  int room = 0;
  std::vector<int> texts;
  for (const int index : state(from).nodes) {
    const int own = text_room(node(index));
    if (own == 0) continue;
    room = std::max(room, own);
    texts.push_back(node(index).below);
    mask->most_missing = std::max(mask->most_missing, node(index).missing - 1);
  }
  mask->tokens = room == 0 ? TokenMask(tries_.vocabulary) : tries_.plain_mask;
  if (room > 0) {
    for (auto plain = tries_.plain_tokens.rbegin(); plain != tries_.plain_tokens.rend() && plain->characters > room; ++plain) {
      mask->tokens.clear(plain->token);
    }
  }
  walk(tries_.others, from, kAny, *mask, stop);
  // Plain tokens also go on with what is no text: the rest of the state.
  std::vector<int> rest;
  for (const int index : state(from).nodes) {
    if (std::find(texts.begin(), texts.end(), node(index).below) == texts.end()) rest.push_back(index);
  }
  if (!rest.empty()) walk(tries_.plain, texts.empty() ? from : state_of(std::move(rest), false), kAny, *mask, stop);
  return mask;
}

const TokenMask& GrammarMatcher::mask(int left, const std::atomic<bool>& stop) {
  if (bytes_ > kKeptBytes) forget();
  const int shown = alike(state_);
  if (state(shown).mask == nullptr) {
    auto made = mask_of(shown, stop);
    bytes_ += made->tokens.bytes();
    state(shown).mask = std::move(made);
  }
  const Mask& any = *state(shown).mask;
  if (any.most_missing <= left || state(state_).missing > left + 1) return any.tokens;
  narrow_ = {TokenMask(tries_.vocabulary), 0};
  walk(tries_.others, state_, left, narrow_, stop);
  walk(tries_.plain, state_, left, narrow_, stop);
  return narrow_.tokens;
}

void GrammarMatcher::accept(std::string_view bytes) {
  for (const char byte : bytes) {
    const int reached = next(state_, static_cast<uint8_t>(byte));
    if (reached == kDead) throw Error("INTERNAL", "a token was taken that the grammar does not allow");
    state_ = reached;
  }
}

void GrammarMatcher::forget() {
  const std::vector<Node> nodes = std::exchange(nodes_, {});
  const State here = std::move(state(state_));
  node_ids_.clear();
  states_.clear();
  state_ids_.clear();
  bytes_ = 0;
  std::vector<int> kept;
  for (const int top : here.nodes) {
    std::vector<int> stack;
    for (int at = top; at != kNone; at = nodes[static_cast<size_t>(at)].below) stack.push_back(at);
    int below = kNone;
    for (auto at = stack.rbegin(); at != stack.rend(); ++at) {
      const Node& old = nodes[static_cast<size_t>(*at)];
      below = node_of({old.element, old.done, below});
    }
    kept.push_back(below);
  }
  state_ = state_of(std::move(kept), here.whole);
}

}  // namespace ryot
