#include "text/bpe.h"

#include <chrono>

#include "common/error.h"
#include "common/patience.h"
#include "text/byte_characters.h"
#include "text/utf8.h"

namespace ryot {
namespace {

/** A word as vocabularies spell it. */
std::string spelt(std::string_view word) {
  std::string text;
  for (const char byte : word) append_utf8(text, character_of(static_cast<uint8_t>(byte)));
  return text;
}

uint64_t any_seed() {
  return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()) * 0x9e3779b97f4a7c15u;
}

/** The finaliser of SplitMix64 (Steele, Lea and Flood 2014). */
uint64_t mixed(uint64_t key) {
  key = (key ^ key >> 30) * 0xbf58476d1ce4e5b9u;
  key = (key ^ key >> 27) * 0x94d049bb133111ebu;
  return key ^ key >> 31;
}

}  // namespace

Bpe::Bpe(const Gguf& file, const std::atomic<bool>& stop) : Tokenizer(file, stop), pretokenizer_(pretokenizer_of(file)), seed_(any_seed()) {
  read_merges(file, stop);
  for (size_t byte = 0; byte < bytes_.size(); byte++) {
    const std::string text = spelt(std::string(1, static_cast<char>(byte)));
    const int token = vocabulary().find(text);
    const auto other = other_parts_.find(text);
    bytes_[byte] = token != Vocabulary::kNone ? token : other != other_parts_.end() ? other->second : Vocabulary::kNone;
  }
}

void Bpe::read_merges(const Gguf& file, const std::atomic<bool>& stop) {
  const std::vector<std::string_view> merges = file.texts("tokenizer.ggml.merges");
  if (merges.empty()) throw Error("MODEL_INVALID", "the file has no tokenizer.ggml.merges");
  size_t room = 16;
  while (room < merges.size() * 2) room *= 2;
  rules_.resize(room);
  std::string both;
  Patience patience(stop);
  for (size_t i = 0; i < merges.size(); i++) {
    patience.step();
    const std::string_view merge = merges[i];
    const size_t space = merge.find(' ', 1);
    if (space == std::string_view::npos || space + 1 == merge.size()) continue;
    const int left = part_of(merge.substr(0, space));
    const int right = part_of(merge.substr(space + 1));
    Rule& rule = rules_[slot_of(left, right)];
    if (rule.left != kFree) continue;
    both.assign(merge.substr(0, space));
    both += merge.substr(space + 1);
    rule = {left, right, static_cast<int>(i), part_of(both)};
  }
}

int Bpe::part_of(std::string_view text) {
  const int token = vocabulary().find(text);
  if (token != Vocabulary::kNone) return token;
  const int next = vocabulary().size() + static_cast<int>(other_parts_.size());
  return other_parts_.emplace(text, next).first->second;
}

/** Where the rule of two parts is, or could be. */
size_t Bpe::slot_of(int left, int right) const {
  const size_t mask = rules_.size() - 1;
  const uint64_t key = static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
  size_t slot = static_cast<size_t>(mixed(key ^ seed_)) & mask;
  while (rules_[slot].left != kFree && (rules_[slot].left != left || rules_[slot].right != right)) slot = (slot + 1) & mask;
  return slot;
}

Merge Bpe::merge_of(int left, int right) const {
  if (left == Vocabulary::kNone || right == Vocabulary::kNone) return {};
  const Rule& rule = rules_[slot_of(left, right)];
  if (rule.left == kFree) return {};
  return {true, static_cast<double>(rule.rank), rule.merged};
}

void Bpe::append(std::string_view text, bool, std::vector<int>& tokens, const std::atomic<bool>& stop) const {
  const std::string valid = valid_utf8(text);
  Characters characters;
  characters.values.reserve(valid.size());
  for (size_t at = 0; at < valid.size();) {
    characters.values.push_back(next_character(valid, at));
    characters.classes.push_back(class_of(characters.values.back()));
  }
  SymbolChain chain;
  size_t at = 0;
  size_t character = 0;
  for (const size_t end : pretokenizer_.split(characters)) {
    const size_t begin = at;
    for (; character < end; character++) at += utf8_length(static_cast<uint8_t>(valid[at]));
    append_word(std::string_view(valid).substr(begin, at - begin), chain, tokens, stop);
  }
}

void Bpe::append_word(std::string_view word, SymbolChain& chain, std::vector<int>& tokens, const std::atomic<bool>& stop) const {
  if (pretokenizer_.whole_words) {
    const int token = vocabulary().find(spelt(word));
    if (token != Vocabulary::kNone) {
      tokens.push_back(token);
      return;
    }
  }
  chain.clear();
  for (size_t i = 0; i < word.size(); i++) chain.add(i, 1, bytes_[static_cast<uint8_t>(word[i])]);
  chain.merge([&](const Symbol& left, const Symbol& right) { return merge_of(left.id, right.id); }, stop);
  chain.each([&](const Symbol& symbol) {
    if (symbol.id >= 0 && symbol.id < vocabulary().size()) {
      tokens.push_back(symbol.id);
      return;
    }
    // A part that is no token: only those bytes of its spelling that are tokens by themselves are left.
    for (const char byte : spelt(word.substr(symbol.begin, symbol.length))) {
      const int token = vocabulary().find({&byte, 1});
      if (token != Vocabulary::kNone) tokens.push_back(token);
    }
  });
}

}  // namespace ryot
