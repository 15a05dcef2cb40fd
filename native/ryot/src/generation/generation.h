#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "generation/sampler.h"
#include "generation/text_model.h"
#include "model/decoder.h"

namespace ryot {

struct GenerationOptions {
  /** What is read first. */
  std::vector<int> tokens;
  /** Whether what was read before is forgotten first. */
  bool anew = false;
  int most_tokens = 256;
  /** Tokens that end the text and are no part of it. */
  std::vector<int> stop_tokens;
  /** Texts that end the text and are no part of it. */
  std::vector<std::string> stop_strings;
  /** What the text must be like, as `Grammar` takes it, or nothing. Tokens that end the text are only taken where it is whole. */
  std::vector<int> grammar;
  Sampling sampling;
};

/** How a text ended: by itself, or because it may not be longer. */
enum class Ending { Stop, Length };

struct Generated {
  Ending ending = Ending::Length;
  int tokens_read = 0;
  int tokens_written = 0;
  double reading_seconds = 0;
  double writing_seconds = 0;
  /** The end of the text, where it was held back because it could have been a string that ends it. */
  std::string rest;
};

/** A token that was written, and the text that is certain with it: whole characters, often none. */
using TellToken = std::function<void(int token, std::string text)>;

/**
 * Reads the tokens of the request and writes on; `tell` is called for each token as soon as it is known. Throws `Error` as `Decoder::read` does:
 * CONTEXT_FULL also where the text has no more room before it is as long as it was asked for. Without a vocabulary there is no text, and what
 * needs one is refused with MODEL_INVALID. USAGE for sampling and grammars that are none, and for stop strings beside a grammar: they would end
 * a text that is not whole.
 *
 * A text under a grammar is whole where the ending is Stop. Where it is Length, there was no way to make it whole in time.
 */
Generated generate(Decoder& decoder, int vocabulary, TextModel& text, const GenerationOptions& options, const TellToken& tell,
                   const std::atomic<bool>& stop);

}  // namespace ryot
