#include "text/vocabulary.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>

#include "common/error.h"
#include "common/patience.h"
#include "text/byte_characters.h"
#include "text/pretokenizer.h"
#include "text/utf8.h"

namespace ryot {
namespace {

constexpr std::string_view kSpace = "\xe2\x96\x81";

// Files do not say which tokens end a turn or a text, but by their names; these are the ones that llama.cpp knows.
constexpr std::string_view kTurnEnds[] = {"<|eot_id|>",      "<|im_end|>",    "<|end|>", "<end_of_turn>", "<|endoftext|>",
                                          "<|end_of_text|>", "<EOT>",         "_<EOT>",  "[EOT]",         "<｜end▁of▁sentence｜>",
                                          "<end_of_utterance>"};
constexpr std::string_view kOtherEnds[] = {"</s>",         "<|eom_id|>", "<|return|>",    "<|call|>",      "[EOS]",
                                           "<eos>",        "<|fim_pad|>", "<fim-pad>",    "<fim_pad>",     "<PAD>",
                                           "[PAD]",        "<|fim_repo|>", "<|repo_name|>", "<fim-repo>",   "<REPO>",
                                           "<reponame>",   "<|file_sep|>"};
constexpr std::string_view kMiddles[] = {"<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>", "<PRE>", "<|fim_suffix|>", "<fim-suffix>",
                                         "<fim_suffix>",   "<SUF>",        "<|fim_middle|>", "<fim-middle>", "<fim_middle>", "<MID>"};

/** The byte that a text like `<0x0A>` names, or -1. */
int named_byte(std::string_view text) {
  if (text.size() != 6 || text.substr(0, 3) != "<0x" || text[5] != '>') return -1;
  int byte = 0;
  for (const char digit : text.substr(3, 2)) {
    if (std::isxdigit(static_cast<unsigned char>(digit)) == 0) return -1;
    byte = byte * 16 + (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
  }
  return byte;
}

int token_of(const Gguf& file, const char* key, int fallback, int size) {
  const double token = file.number(std::string("tokenizer.ggml.") + key, fallback);
  return token >= 0 && token < size ? static_cast<int>(token) : Vocabulary::kNone;
}

VocabularyModel model_of(const Gguf& file) {
  const std::string name = file.text("tokenizer.ggml.model", "");
  if (name == "llama") return VocabularyModel::SentencePiece;
  if (name == "gpt2") return VocabularyModel::Bpe;
  throw Error("MODEL_INVALID", "tokenizer '" + name + "' is not known; the llama-cpp backend may run this model");
}

}  // namespace

Vocabulary::Vocabulary(const Gguf& file, const std::atomic<bool>& stop) : model_(model_of(file)), texts_(file.texts("tokenizer.ggml.tokens")) {
  if (texts_.empty() || texts_.size() > 1u << 24) throw Error("MODEL_INVALID", "the vocabulary is empty or impossibly large");
  read_kinds(file);
  index(stop);
  const bool pieces = model_ == VocabularyModel::SentencePiece;
  begin_ = token_of(file, "bos_token_id", pieces ? 1 : 11, size());
  end_ = token_of(file, "eos_token_id", pieces ? 2 : 11, size());
  turn_end_ = token_of(file, "eot_token_id", kNone, size());
  const bool begins = pieces || pretokenizer_of(file).adds_begin;
  adds_begin_ = begin_ != kNone && file.number("tokenizer.ggml.add_bos_token", begins ? 1 : 0) != 0;
  adds_end_ = end_ != kNone && file.number("tokenizer.ggml.add_eos_token", 0) != 0;
  adds_space_ = pieces && file.number("tokenizer.ggml.add_space_prefix", 1) != 0;
  std::string name = file.text("general.name", "");
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  phi3_ = name.find("phi-3") != std::string::npos || name.find("phi3") != std::string::npos;
  find_ends();
}

void Vocabulary::read_kinds(const Gguf& file) {
  const std::vector<double> kinds = file.numbers("tokenizer.ggml.token_type");
  const std::vector<double> scores = file.numbers("tokenizer.ggml.scores");
  if ((!kinds.empty() && kinds.size() < texts_.size()) || (!scores.empty() && scores.size() < texts_.size())) {
    throw Error("MODEL_INVALID", "the vocabulary has fewer scores or types than tokens");
  }
  kinds_.assign(texts_.size(), TokenKind::Normal);
  for (size_t i = 0; i < texts_.size() && !kinds.empty(); i++) {
    kinds_[i] = kinds[i] >= 0 && kinds[i] <= 6 ? static_cast<TokenKind>(static_cast<int>(kinds[i])) : TokenKind::Undefined;
  }
  // Merging is in their order, and what is no number has none.
  if (!std::all_of(scores.begin(), scores.end(), [](double score) { return std::isfinite(score); })) {
    throw Error("MODEL_INVALID", "the vocabulary has a score that is no number");
  }
  scores_.assign(scores.begin(), scores.end());
}

void Vocabulary::index(const std::atomic<bool>& stop) {
  Patience patience(stop);
  size_t room = 16;
  while (room < texts_.size() * 2) room *= 2;
  slots_.assign(room, kNone);
  for (size_t i = 0; i < texts_.size(); i++) {
    patience.step();
    const std::string_view text = texts_[i];
    longest_ = std::max(longest_, text.size());
    if (text.empty()) continue;
    size_t slot = std::hash<std::string_view>()(text) & (room - 1);
    // Of tokens that are spelt alike the first counts.
    while (slots_[slot] != kNone && texts_[static_cast<size_t>(slots_[slot])] != text) {
      patience.step();
      slot = (slot + 1) & (room - 1);
    }
    if (slots_[slot] == kNone) slots_[slot] = static_cast<int>(i);
  }
}

int Vocabulary::find(std::string_view text) const {
  if (text.empty() || text.size() > longest_) return kNone;
  const size_t mask = slots_.size() - 1;
  for (size_t slot = std::hash<std::string_view>()(text) & mask;; slot = (slot + 1) & mask) {
    const int token = slots_[slot];
    if (token == kNone || texts_[static_cast<size_t>(token)] == text) return token;
  }
}

void Vocabulary::find_ends() {
  const auto control = [&](std::string_view name) {
    const int token = find(name);
    if (token != kNone) kinds_[static_cast<size_t>(token)] = TokenKind::Control;
    return token;
  };
  for (const std::string_view name : kTurnEnds) {
    const int token = control(name);
    if (token != kNone && turn_end_ == kNone) turn_end_ = token;
    ends_.push_back(token);
  }
  for (const std::string_view name : kOtherEnds) ends_.push_back(control(name));
  for (const std::string_view name : kMiddles) control(name);
  ends_.push_back(end_);
  ends_.push_back(turn_end_);
  std::sort(ends_.begin(), ends_.end());
  ends_.erase(std::unique(ends_.begin(), ends_.end()), ends_.end());
  if (!ends_.empty() && ends_[0] == kNone) ends_.erase(ends_.begin());
}

bool Vocabulary::swallows_space_behind(int token) const {
  // Phi-3's own tokenizer says so of its tokens; its files do not.
  return phi3_ && text(token) != "<unk>" && text(token) != "<s>" && text(token) != "<|endoftext|>";
}

void Vocabulary::append_piece(std::string& out, int token, bool shown) const {
  const std::string_view piece = text(token);
  switch (kind(token)) {
    case TokenKind::Unknown:
    case TokenKind::Control:
      if (shown) out += piece;
      return;
    case TokenKind::UserDefined:
      out += piece;
      return;
    case TokenKind::Byte: {
      const int byte = named_byte(piece);
      if (byte >= 0) out += static_cast<char>(byte);
      return;
    }
    case TokenKind::Normal:
      break;
    case TokenKind::Undefined:
    case TokenKind::Unused:
      return;
  }
  for (size_t at = 0; at < piece.size();) {
    if (model_ == VocabularyModel::SentencePiece) {
      const bool space = piece.compare(at, kSpace.size(), kSpace) == 0;
      out += space ? ' ' : piece[at];
      at += space ? kSpace.size() : 1;
    } else {
      const uint32_t character = next_character(piece, at);
      const int byte = byte_of(character);
      if (byte >= 0) {
        out += static_cast<char>(byte);
      } else {
        append_utf8(out, character);
      }
    }
  }
}

}  // namespace ryot
