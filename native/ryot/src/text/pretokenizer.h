#pragma once

#include <string>
#include <string_view>
#include <vector>

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

  /** The ends of the words, as indices of characters. */
  std::vector<size_t> split(const Characters& text) const;
};

/**
 * The pre-tokenizer of this name in `tokenizer.ggml.pre`, as llama.cpp names them; an empty one is its `default`. Throws `Error` MODEL_INVALID for
 * one that is not known.
 */
Pretokenizer pretokenizer_named(const std::string& name);

}  // namespace ryot
