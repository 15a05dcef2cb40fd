#include "text/tokenizer.h"

#include "common/error.h"
#include "text/bpe.h"
#include "text/sentence_piece.h"

namespace ryot {

std::vector<int> Tokenizer::tokenize(std::string_view text, const Options& options, const std::atomic<bool>& stop) const {
  std::vector<int> tokens;
  if (options.edges && vocabulary_.adds_begin()) tokens.push_back(vocabulary_.begin());
  bool leading = true;
  for (const Fragment& fragment : special_.split(text, options.said, stop)) {
    leading = leading || fragment.token != Vocabulary::kNone;
    if (fragment.token != Vocabulary::kNone) {
      tokens.push_back(fragment.token);
    } else {
      append(fragment.text, leading, tokens, stop);
      leading = false;
    }
  }
  if (options.edges && vocabulary_.adds_end()) tokens.push_back(vocabulary_.end());
  return tokens;
}

std::string Tokenizer::detokenize(const std::vector<int>& tokens, bool shown) const {
  std::string text;
  bool first = vocabulary_.adds_space();
  for (const int token : tokens) {
    if (token < 0 || token >= vocabulary_.size()) throw Error("TOKEN_INVALID", "token " + std::to_string(token) + " is not in the vocabulary");
    const size_t before = text.size();
    vocabulary_.append_piece(text, token, shown);
    // The space that was put in front when the text was read.
    if (first && text.size() > before && text[before] == ' ') text.erase(before, 1);
    first = false;
  }
  return text;
}

std::unique_ptr<Tokenizer> open_tokenizer(const Gguf& file, const std::atomic<bool>& stop) {
  if (!Vocabulary::in(file)) throw Error("MODEL_INVALID", "the file has no vocabulary");
  if (file.text("tokenizer.ggml.model", "") == "gpt2") return std::make_unique<Bpe>(file, stop);
  return std::make_unique<SentencePiece>(file, stop);
}

}  // namespace ryot
