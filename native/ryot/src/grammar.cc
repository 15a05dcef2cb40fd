#include "grammar.h"

#include <algorithm>

#include "error.h"

namespace ryot {
namespace {

/** More bytes than any text has. */
constexpr int kEndless = 1 << 29;
constexpr int kMostElements = 1 << 22;

[[noreturn]] void broken() { throw Error("USAGE", "the grammar is broken"); }

int sum(int a, int b) { return std::min(kEndless, a + b); }

int product(int a, int b) { return static_cast<int>(std::min<int64_t>(kEndless, static_cast<int64_t>(a) * b)); }

}  // namespace

Grammar::Grammar(const std::vector<int>& numbers) {
  size_t at = 0;
  const auto next = [&] {
    if (at >= numbers.size()) broken();
    return numbers[at++];
  };
  const auto below = [&](int least, int most) {
    const int number = next();
    if (number < least || number > most) broken();
    return number;
  };
  const int classes = below(0, kMostElements);
  const int rules = below(1, kMostElements);
  text_rule_ = below(-1, rules - 1);
  const int elements = below(1, kMostElements);
  for (int i = 0; i < classes; i++) {
    std::bitset<256>& bytes = classes_.emplace_back();
    for (int word = 0; word < 8; word++) {
      const auto bits = static_cast<uint32_t>(next());
      for (int bit = 0; bit < 32; bit++) bytes[static_cast<size_t>(word * 32 + bit)] = (bits >> bit & 1) != 0;
    }
  }
  for (int i = 0; i < rules; i++) rules_.push_back(below(0, elements - 1));
  for (int i = 0; i < elements; i++) {
    Element element{static_cast<Kind>(below(0, 4)), 0, 0, 0};
    element.a = next();
    element.b = next();
    element.c = next();
    const bool named = element.kind == Kind::Rule || element.kind == Kind::Repeat;
    if (element.kind == Kind::Byte && (element.a < 0 || element.a >= classes)) broken();
    if (named && (element.a < 0 || element.a >= rules)) broken();
    if (element.kind == Kind::Repeat && (element.b < 0 || (element.c >= 0 && element.c < element.b))) broken();
    elements_.push_back(element);
  }
  if (elements_.back().kind != Kind::End || at != numbers.size()) broken();
  find_alternatives();
  find_least_bytes();
  if (rule_least_[0] >= kEndless) throw Error("USAGE", "no text that ends fulfils the grammar");
}

void Grammar::find_alternatives() {
  for (const int begin : rules_) {
    std::vector<int>& starts = alternatives_.emplace_back();
    starts.push_back(begin);
    for (int i = begin; element(i).kind != Kind::End; i++) {
      if (element(i).kind == Kind::Or) starts.push_back(i + 1);
    }
  }
  if (text_rule_ >= 0 && element(rules_[static_cast<size_t>(text_rule_)]).kind != Kind::Byte) broken();
}

void Grammar::find_least_bytes() {
  rule_least_.assign(rules_.size(), kEndless);
  rest_least_.assign(elements_.size(), 0);
  // Each round knows one level more of what calls what.
  for (bool changed = true; changed;) {
    changed = false;
    for (int i = static_cast<int>(elements_.size()) - 1; i >= 0; i--) rest_least_[static_cast<size_t>(i)] = least_bytes(i, 0);
    for (size_t rule = 0; rule < rules_.size(); rule++) {
      for (const int start : alternatives_[rule]) {
        const int least = rest_least_[static_cast<size_t>(start)];
        if (least < rule_least_[rule]) {
          rule_least_[rule] = least;
          changed = true;
        }
      }
    }
  }
}

int Grammar::least_bytes(int index, int done) const {
  const Element& at = element(index);
  if (ends(index)) return 0;
  const int rest = rest_least_[static_cast<size_t>(index) + 1];
  if (at.kind == Kind::Byte) return sum(1, rest);
  const int once = rule_least_[static_cast<size_t>(at.a)];
  return sum(at.kind == Kind::Rule ? once : product(once, std::max(0, at.b - done)), rest);
}

}  // namespace ryot
