#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "decoder.h"
#include "sampler.h"

namespace ryot {

struct GenerationOptions {
  /** What is read first. */
  std::vector<int> tokens;
  /** Whether what was read before is forgotten first. */
  bool anew = false;
  int most_tokens = 256;
  /** Tokens that end the text and are no part of it. */
  std::vector<int> stop_tokens;
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
};

/**
 * Reads the tokens of the request and writes on; `tell` is called for each token as soon as it is known. Throws `Error` as
 * `Decoder::read` does: CONTEXT_FULL also where the text has no more room before it is as long as it was asked for.
 */
Generated generate(Decoder& decoder, int vocabulary, const GenerationOptions& options, const std::function<void(int token)>& tell,
                   const std::atomic<bool>& stop);

}  // namespace ryot
