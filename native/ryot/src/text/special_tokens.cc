#include "text/special_tokens.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <queue>

namespace ryot {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

SpecialTokens::SpecialTokens(const Vocabulary& vocabulary, const std::atomic<bool>& stop) : vocabulary_(vocabulary), nodes_(1) {
  Patience patience(stop);
  for (int token = 0; token < vocabulary.size(); token++) {
    patience.step();
    const TokenKind kind = vocabulary.kind(token);
    const bool special = kind == TokenKind::Control || kind == TokenKind::UserDefined || kind == TokenKind::Unknown;
    if (special && !vocabulary.text(token).empty()) add(token);
  }
}

int SpecialTokens::child_of(int node, char byte) const {
  int child = nodes_[static_cast<size_t>(node)].child;
  while (child != 0 && nodes_[static_cast<size_t>(child)].byte != byte) child = nodes_[static_cast<size_t>(child)].sibling;
  return child;
}

void SpecialTokens::add(int token) {
  const std::string_view text = vocabulary_.text(token);
  first_bytes_[static_cast<uint8_t>(text[0])] = true;
  int node = 0;
  for (const char byte : text) {
    int child = child_of(node, byte);
    if (child == 0) {
      child = static_cast<int>(nodes_.size());
      Node& parent = nodes_[static_cast<size_t>(node)];
      const int sibling = parent.child;
      parent.child = child;
      nodes_.push_back({0, sibling, Vocabulary::kNone, byte});
    }
    node = child;
  }
  if (nodes_[static_cast<size_t>(node)].token == Vocabulary::kNone) nodes_[static_cast<size_t>(node)].token = token;
}

/** The longest name that begins at `begin` and does not reach beyond `end`. `said`: the first stretch that does not end before it, or null. */
SpecialTokens::Match SpecialTokens::longest(std::string_view text, size_t begin, size_t end, const Stretch* said, Patience& patience) const {
  Match found = {begin, begin, Vocabulary::kNone};
  int node = 0;
  for (size_t at = begin; at < end && (node = child_of(node, text[at])) != 0; at++) {
    patience.step();
    const int token = nodes_[static_cast<size_t>(node)].token;
    if (token == Vocabulary::kNone) continue;
    const bool is_said = said != nullptr && said->begin <= at;
    if (!is_said || vocabulary_.kind(token) == TokenKind::UserDefined) found = {begin, at + 1, token};
  }
  return found;
}

std::vector<Fragment> SpecialTokens::split(std::string_view text, const std::vector<Stretch>& said, const std::atomic<bool>& stop) const {
  Patience patience(stop);
  const auto said_at = [&](size_t begin) -> const Stretch* {
    const auto next = std::upper_bound(said.begin(), said.end(), begin, [](size_t at, const Stretch& stretch) { return at < stretch.end; });
    return next == said.end() ? nullptr : &*next;
  };
  const auto is_later = [](const Match& a, const Match& b) {
    const size_t longer = a.end - a.begin;
    const size_t other = b.end - b.begin;
    if (longer != other) return longer < other;
    return a.token != b.token ? a.token > b.token : a.begin > b.begin;
  };
  // One candidate for each place: a shorter one takes its turn only where the longer one is in the way of what was taken before.
  std::priority_queue<Match, std::vector<Match>, decltype(is_later)> candidates(is_later);
  const auto consider = [&](size_t begin, size_t end) {
    const Match match = longest(text, begin, end, said_at(begin), patience);
    if (match.token != Vocabulary::kNone) candidates.push(match);
  };
  for (size_t begin = 0; begin < text.size(); begin++) {
    patience.step();
    if (first_bytes_[static_cast<uint8_t>(text[begin])]) consider(begin, text.size());
  }
  std::map<size_t, Match> taken;
  while (!candidates.empty()) {
    patience.step();
    const Match match = candidates.top();
    candidates.pop();
    const auto next = taken.lower_bound(match.begin);
    if (next != taken.begin() && std::prev(next)->second.end > match.begin) continue;
    const size_t limit = next == taken.end() ? text.size() : next->second.begin;
    if (limit < match.end) {
      consider(match.begin, limit);
      continue;
    }
    size_t end = match.end;
    if (vocabulary_.swallows_space_behind(match.token)) {
      while (end < limit && is_space(text[end])) end++;
    }
    taken[match.begin] = {match.begin, end, match.token};
  }
  std::vector<Fragment> fragments;
  size_t at = 0;
  for (const auto& [begin, match] : taken) {
    if (begin > at) fragments.push_back({text.substr(at, begin - at)});
    fragments.push_back({{}, match.token});
    at = match.end;
  }
  if (at < text.size()) fragments.push_back({text.substr(at)});
  return fragments;
}

}  // namespace ryot
