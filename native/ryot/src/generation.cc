#include "generation.h"

#include <algorithm>
#include <chrono>

namespace ryot {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

}  // namespace

Generated generate(Decoder& decoder, int vocabulary, const GenerationOptions& options, const std::function<void(int token)>& tell,
                   const std::atomic<bool>& stop) {
  Generated generated;
  Sampler sampler(options.sampling);
  for (const int token : options.tokens) sampler.seen(token);
  // The sampler changes them, and the decoder's own stay as they were read.
  std::vector<float> logits(static_cast<size_t>(vocabulary));
  const auto read = [&](const int* tokens, int count) {
    const float* from = decoder.read(tokens, count, stop);
    std::copy(from, from + vocabulary, logits.begin());
  };

  if (options.anew) decoder.rewind(0);
  auto begin = Clock::now();
  read(options.tokens.data(), static_cast<int>(options.tokens.size()));
  generated.tokens_read = static_cast<int>(options.tokens.size());
  generated.reading_seconds = seconds_since(begin);

  begin = Clock::now();
  while (generated.tokens_written < options.most_tokens) {
    const int token = sampler.next(logits.data(), vocabulary);
    if (std::find(options.stop_tokens.begin(), options.stop_tokens.end(), token) != options.stop_tokens.end()) {
      generated.ending = Ending::Stop;
      break;
    }
    sampler.seen(token);
    tell(token);
    generated.tokens_written++;
    if (generated.tokens_written < options.most_tokens) read(&token, 1);
  }
  generated.writing_seconds = seconds_since(begin);
  return generated;
}

}  // namespace ryot
