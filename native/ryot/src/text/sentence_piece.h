#pragma once

#include <array>

#include "text/tokenizer.h"

namespace ryot {

/**
 * SentencePiece's BPE (Kudo and Richardson 2018, arXiv 1808.06226): neighbours become one where both together are a token, the highest score
 * first; characters that are no token become the tokens of their bytes.
 */
class SentencePiece : public Tokenizer {
 public:
  SentencePiece(const Gguf& file, const std::atomic<bool>& stop);

 protected:
  void append(std::string_view text, bool leading, std::vector<int>& tokens, const std::atomic<bool>& stop) const override;

 private:
  std::array<int, 256> bytes_;
};

}  // namespace ryot
