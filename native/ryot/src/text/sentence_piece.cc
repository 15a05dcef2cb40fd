#include "text/sentence_piece.h"

#include <algorithm>

#include "text/merging.h"
#include "text/utf8.h"

namespace ryot {
namespace {

/** A byte that begins no character is one by itself, one that does takes what follows with it, whole or not: as llama.cpp does it. */
size_t symbol_length(uint8_t first) { return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4; }

}  // namespace

SentencePiece::SentencePiece(const Gguf& file, const std::atomic<bool>& stop) : Tokenizer(file, stop) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (size_t byte = 0; byte < bytes_.size(); byte++) {
    const char name[] = {'<', '0', 'x', kDigits[byte >> 4], kDigits[byte & 15], '>'};
    const char itself = static_cast<char>(byte);
    const int named = vocabulary().find({name, sizeof name});
    bytes_[byte] = named != Vocabulary::kNone ? named : vocabulary().find({&itself, 1});
  }
}

void SentencePiece::append(std::string_view text, bool leading, std::vector<int>& tokens, const std::atomic<bool>& stop) const {
  std::string spaced;
  spaced.reserve(text.size() + text.size() / 4);
  const auto add = [&](char c) {
    if (c == ' ') {
      spaced += "\xe2\x96\x81";
    } else {
      spaced += c;
    }
  };
  if (leading && vocabulary().adds_space()) add(' ');
  for (const char c : text) add(c);

  const std::string_view all = spaced;
  SymbolChain chain;
  for (size_t at = 0; at < all.size();) {
    const size_t length = std::min(symbol_length(static_cast<uint8_t>(all[at])), all.size() - at);
    chain.add(at, length, Vocabulary::kNone);
    at += length;
  }
  const auto merge_of = [&](const Symbol& left, const Symbol& right) -> Merge {
    const int token = vocabulary().find(all.substr(left.begin, left.length + right.length));
    if (token == Vocabulary::kNone) return {};
    return {true, -vocabulary().score(token), token};
  };
  chain.merge(merge_of, stop);
  chain.each([&](const Symbol& symbol) {
    const std::string_view piece = all.substr(symbol.begin, symbol.length);
    const int token = symbol.id != Vocabulary::kNone ? symbol.id : vocabulary().find(piece);
    if (token != Vocabulary::kNone) {
      tokens.push_back(token);
      return;
    }
    for (const char byte : piece) {
      const int known = bytes_[static_cast<uint8_t>(byte)];
      if (known != Vocabulary::kNone) tokens.push_back(known);
    }
  });
}

}  // namespace ryot
