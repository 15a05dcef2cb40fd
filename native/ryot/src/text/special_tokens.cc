#include "text/special_tokens.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace ryot {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

SpecialTokens::SpecialTokens(const Vocabulary& vocabulary) : vocabulary_(vocabulary), nodes_(1) {
  for (int token = 0; token < vocabulary.size(); token++) {
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

std::vector<SpecialTokens::Match> SpecialTokens::matches(std::string_view text, const std::vector<Stretch>& said) const {
  std::vector<Match> found;
  auto next_said = said.begin();
  for (size_t begin = 0; begin < text.size(); begin++) {
    while (next_said != said.end() && next_said->end <= begin) ++next_said;
    if (!first_bytes_[static_cast<uint8_t>(text[begin])]) continue;
    int node = 0;
    for (size_t at = begin; at < text.size() && (node = child_of(node, text[at])) != 0; at++) {
      const int token = nodes_[static_cast<size_t>(node)].token;
      if (token == Vocabulary::kNone) continue;
      const bool is_said = next_said != said.end() && next_said->begin <= at;
      if (!is_said || vocabulary_.kind(token) == TokenKind::UserDefined) found.push_back({begin, at + 1, token});
    }
  }
  return found;
}

std::vector<Fragment> SpecialTokens::split(std::string_view text, const std::vector<Stretch>& said) const {
  std::vector<Match> found = matches(text, said);
  const auto bytes = [](const Match& match) { return match.end - match.begin; };
  std::stable_sort(found.begin(), found.end(), [&](const Match& a, const Match& b) {
    return bytes(a) > bytes(b) || (bytes(a) == bytes(b) && (a.token < b.token || (a.token == b.token && a.begin < b.begin)));
  });
  std::map<size_t, Match> taken;
  for (const Match& match : found) {
    const auto next = taken.lower_bound(match.begin);
    if (next != taken.end() && next->second.begin < match.end) continue;
    if (next != taken.begin() && std::prev(next)->second.end > match.begin) continue;
    size_t end = match.end;
    if (vocabulary_.swallows_space_behind(match.token)) {
      const size_t limit = next == taken.end() ? text.size() : next->second.begin;
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
