#pragma once

#include <string_view>
#include <vector>

#include "formats/gguf.h"
#include "text/unicode.h"

namespace ryot {

/** A text as the rules see it: its characters, and the class of each. */
struct Characters {
  std::vector<uint32_t> values;
  std::vector<CharacterClass> classes;
};

/** Cuts `[begin, end)` into pieces that follow one another, and adds the end of each. */
using SplitRule = void (*)(const Characters& text, size_t begin, size_t end, std::vector<size_t>& ends);

/** Rules that are applied one after the other, each to the pieces that the one before it left. */
struct Pretokenizer {
  std::vector<SplitRule> rules;
  /** Whether a word that is a token is taken whole, whatever its merges say. */
  bool whole_words = false;
  /** Whether texts begin with the token for that, where a file does not say. */
  bool adds_begin = false;

  /** The ends of the words, as indices of characters. */
  std::vector<size_t> split(const Characters& text) const;
};

/**
 * The pre-tokenizer that a file names in `tokenizer.ggml.pre`, as llama.cpp names them; where it names none, llama.cpp's `default`, but for BitNet
 * 2B-4T, whose files leave out that their vocabulary is Llama 3's. Throws `Error` MODEL_INVALID for one that is not known.
 */
Pretokenizer pretokenizer_of(const Gguf& file);

}  // namespace ryot
