#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/gguf.h"

namespace ryot {

/** What a token is for, by its number in `tokenizer.ggml.token_type`. */
enum class TokenKind : uint8_t { Undefined, Normal, Unknown, Control, UserDefined, Unused, Byte };

enum class VocabularyModel { SentencePiece, Bpe };

/**
 * The tokens of a GGUF, as `tokenizer.ggml.*` has them. Texts are views into the file, which must live longer; they are found by a hash table of
 * ids. Throws `Error` MODEL_INVALID, and CANCELLED once `stop` is set.
 */
class Vocabulary {
 public:
  static constexpr int kNone = -1;

  Vocabulary(const Gguf& file, const std::atomic<bool>& stop);

  static bool in(const Gguf& file) { return file.has("tokenizer.ggml.model"); }

  VocabularyModel model() const { return model_; }
  int size() const { return static_cast<int>(texts_.size()); }
  /** As the file spells it: spaces may be U+2581, bytes may be other characters. */
  std::string_view text(int token) const { return texts_[static_cast<size_t>(token)]; }
  TokenKind kind(int token) const { return kinds_[static_cast<size_t>(token)]; }
  float score(int token) const { return scores_.empty() ? 0 : scores_[static_cast<size_t>(token)]; }
  size_t longest_bytes() const { return longest_; }
  /** `kNone` where no token is spelt like that. */
  int find(std::string_view text) const;

  /** What a token adds to a text, in bytes: a character may take several tokens. Control and unknown tokens add nothing but where asked to be `shown`. */
  void append_piece(std::string& text, int token, bool shown) const;

  int begin() const { return begin_; }
  int end() const { return end_; }
  int turn_end() const { return turn_end_; }
  /** All tokens behind which a model has no more to say, in ascending order. */
  const std::vector<int>& ends() const { return ends_; }
  bool adds_begin() const { return adds_begin_; }
  bool adds_end() const { return adds_end_; }
  /** Whether SentencePiece puts a space in front of a text. */
  bool adds_space() const { return adds_space_; }
  /** Whether white space behind a special token belongs to it. */
  bool swallows_space_behind(int token) const;

 private:
  void read_kinds(const Gguf& file);
  void index(const std::atomic<bool>& stop);
  void find_ends();

  VocabularyModel model_;
  std::vector<std::string_view> texts_;
  std::vector<TokenKind> kinds_;
  std::vector<float> scores_;
  /** Ids by the hash of their text, open addressing; a power of two, at most half full. */
  std::vector<int> slots_;
  size_t longest_ = 0;
  int begin_ = kNone, end_ = kNone, turn_end_ = kNone;
  std::vector<int> ends_;
  bool adds_begin_ = false, adds_end_ = false, adds_space_ = false, phi3_ = false;
};

}  // namespace ryot
