#include "grammar/grammar.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

#include "common/error.h"

namespace ryot {
namespace {

/** More bytes than any text has. */
constexpr int kEndless = 1 << 29;
constexpr size_t kClassWords = 8;
constexpr size_t kElementNumbers = 4;

[[noreturn]] void broken() { throw Error("USAGE", "the grammar is broken"); }

int sum(int a, int b) { return std::min(kEndless, a + b); }

int product(int a, int b) { return static_cast<int>(std::min<int64_t>(kEndless, static_cast<int64_t>(a) * b)); }

}  // namespace

Grammar::Grammar(const std::vector<int>& numbers) {
  if (numbers.size() < 2 || numbers[0] < 0) broken();
  text_rule_ = numbers[1];
  const auto classes = static_cast<size_t>(numbers[0]);
  if (classes > numbers.size() / kClassWords || (numbers.size() - 2 - classes * kClassWords) % kElementNumbers != 0) broken();
  size_t at = 2;
  for (size_t i = 0; i < classes; i++) {
    std::bitset<256>& bytes = classes_.emplace_back();
    for (size_t word = 0; word < kClassWords; word++) {
      const auto bits = static_cast<uint32_t>(numbers[at++]);
      for (size_t bit = 0; bit < 32; bit++) bytes[word * 32 + bit] = (bits >> bit & 1) != 0;
    }
  }
  for (; at < numbers.size(); at += kElementNumbers) {
    if (numbers[at] < 0 || numbers[at] > static_cast<int>(Kind::Repeat)) broken();
    elements_.push_back({static_cast<Kind>(numbers[at]), numbers[at + 1], numbers[at + 2], numbers[at + 3]});
  }
  if (elements_.empty() || elements_.back().kind != Kind::End) broken();
  find_alternatives();
  check();
  find_least_bytes();
  if (rule_least_[0] >= kEndless) throw Error("USAGE", "no text that ends fulfils the grammar");
}

void Grammar::find_alternatives() {
  bool begins = true;
  for (int i = 0; i < static_cast<int>(elements_.size()); i++) {
    if (begins) alternatives_.push_back({i});
    if (element(i).kind == Kind::Or) alternatives_.back().push_back(i + 1);
    begins = element(i).kind == Kind::End;
  }
}

void Grammar::check() const {
  const int rules = static_cast<int>(alternatives_.size());
  for (const auto& [kind, a, b, c] : elements_) {
    if (kind == Kind::Byte && (a < 0 || a >= static_cast<int>(classes_.size()))) broken();
    if ((kind == Kind::Rule || kind == Kind::Repeat) && (a < 0 || a >= rules)) broken();
    if (kind == Kind::Repeat && (b < 0 || (c >= 0 && c < b))) broken();
  }
  if (text_rule_ < -1 || text_rule_ >= rules) broken();
  if (text_rule_ < 0) return;
  for (const int start : alternatives(text_rule_)) {
    if (element(start).kind != Kind::Byte) broken();
  }
}

/** The shortest rule of those that are not settled is settled next (D. E. Knuth, A generalization of Dijkstra's algorithm, 1977). */
void Grammar::find_least_bytes() {
  struct Alternative {
    int rule;
    /** Rules in it that are not settled, each as often as it stands there. */
    int open = 0;
    int bytes = 0;
  };
  struct Caller {
    size_t alternative;
    int times;
  };
  using Candidate = std::pair<int, int>;
  std::vector<Alternative> alternatives;
  std::vector<std::vector<Caller>> callers(alternatives_.size());
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> shortest;
  rule_least_.assign(alternatives_.size(), kEndless);
  for (int rule = 0; rule < static_cast<int>(alternatives_.size()); rule++) {
    for (const int start : this->alternatives(rule)) {
      Alternative& alternative = alternatives.emplace_back(Alternative{rule});
      for (int i = start; !ends(i); i++) {
        const Element& at = element(i);
        if (at.kind == Kind::Byte) alternative.bytes = sum(alternative.bytes, 1);
        const int times = at.kind == Kind::Rule ? 1 : at.kind == Kind::Repeat ? at.b : 0;
        if (times == 0) continue;
        alternative.open++;
        callers[static_cast<size_t>(at.a)].push_back({alternatives.size() - 1, times});
      }
      if (alternative.open == 0) shortest.emplace(alternative.bytes, rule);
    }
  }
  std::vector<bool> settled(alternatives_.size());
  while (!shortest.empty()) {
    const auto [bytes, rule] = shortest.top();
    shortest.pop();
    if (settled[static_cast<size_t>(rule)]) continue;
    settled[static_cast<size_t>(rule)] = true;
    rule_least_[static_cast<size_t>(rule)] = bytes;
    for (const auto& [index, times] : callers[static_cast<size_t>(rule)]) {
      Alternative& alternative = alternatives[index];
      alternative.bytes = sum(alternative.bytes, product(bytes, times));
      if (--alternative.open == 0) shortest.emplace(alternative.bytes, alternative.rule);
    }
  }
  rest_least_.assign(elements_.size(), 0);
  for (int i = static_cast<int>(elements_.size()) - 1; i >= 0; i--) rest_least_[static_cast<size_t>(i)] = least_bytes(i, 0);
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
