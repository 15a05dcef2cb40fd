#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/special_tokens.h"
#include "text/vocabulary.h"

namespace ryot {

/** Text to tokens and back. Safe to use from several threads. */
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  struct Options {
    /** Where names of control tokens are text, in ascending order; elsewhere they become those tokens. */
    std::vector<Stretch> said;
    /** The tokens that the file asks for at the beginning and the end of a text. */
    bool edges = false;
  };

  /**
   * The same tokens as llama.cpp. Time grows with the length of the text and its logarithm. What is no UTF-8 is read byte by byte: SentencePiece
   * has tokens for bytes, BPE reads each as U+FFFD. Throws CANCELLED once `stop` is set.
   */
  std::vector<int> tokenize(std::string_view text, const Options& options, const std::atomic<bool>& stop) const;

  /**
   * The text of tokens, in bytes; the space that SentencePiece puts in front is taken away. `shown`: control tokens by their names. Throws
   * TOKEN_INVALID for one that is not in the vocabulary.
   */
  std::string detokenize(const std::vector<int>& tokens, bool shown) const;

  const Vocabulary& vocabulary() const { return vocabulary_; }

 protected:
  Tokenizer(const Gguf& file, const std::atomic<bool>& stop) : vocabulary_(file, stop), special_(vocabulary_, stop) {}

  /** `leading`: nothing but special tokens stands before this text. */
  virtual void append(std::string_view text, bool leading, std::vector<int>& tokens, const std::atomic<bool>& stop) const = 0;

 private:
  Vocabulary vocabulary_;
  SpecialTokens special_;
};

/** The tokenizer of a GGUF, which must live longer. Throws `Error` MODEL_INVALID, and CANCELLED once `stop` is set. */
std::unique_ptr<Tokenizer> open_tokenizer(const Gguf& file, const std::atomic<bool>& stop);

}  // namespace ryot
