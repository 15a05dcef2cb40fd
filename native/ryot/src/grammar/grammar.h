#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <vector>

namespace ryot {

/**
 * What a text may be, byte by byte: rules of alternatives of elements, as the caller compiled them. Comes as numbers: how many classes of bytes,
 * and the rule that is one character of a text (or -1); then the classes (256 bits each) and the elements (four numbers each). A rule begins where
 * the one before it ended; rule 0 is the whole text.
 */
class Grammar {
 public:
  enum class Kind : int {
    /** The end of a rule. */
    End,
    /** The end of one alternative and the beginning of another. */
    Or,
    /** A byte of class `a`. */
    Byte,
    /** What rule `a` says. */
    Rule,
    /** What rule `a` says, `b` to `c` times; -1 for any number. */
    Repeat,
  };
  struct Element {
    Kind kind;
    int a;
    int b;
    int c;
  };

  /** Throws `Error` USAGE for numbers that are no grammar, and for one that no text of finite length fulfils. */
  explicit Grammar(const std::vector<int>& numbers);

  const Element& element(int index) const { return elements_[static_cast<size_t>(index)]; }
  bool holds(int byte_class, uint8_t byte) const { return classes_[static_cast<size_t>(byte_class)][byte]; }
  bool ends(int index) const { return element(index).kind == Kind::End || element(index).kind == Kind::Or; }
  /** The first element of each alternative. */
  const std::vector<int>& alternatives(int rule) const { return alternatives_[static_cast<size_t>(rule)]; }
  /** Matches exactly one character of a JSON string; its first alternative is a plain character of one byte. -1 where there is none. */
  int text_rule() const { return text_rule_; }
  /** The fewest bytes from this element to the end of its alternative; of a repetition, `done` times are behind. */
  int least_bytes(int index, int done) const;

 private:
  void find_alternatives();
  void check() const;
  void find_least_bytes();

  std::vector<std::bitset<256>> classes_;
  std::vector<Element> elements_;
  std::vector<std::vector<int>> alternatives_;
  /** The fewest bytes of a rule, and from an element to the end of its alternative. */
  std::vector<int> rule_least_;
  std::vector<int> rest_least_;
  int text_rule_ = -1;
};

}  // namespace ryot
