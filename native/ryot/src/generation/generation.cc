#include "generation/generation.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "common/error.h"
#include "generation/written_text.h"
#include "grammar/grammar_matcher.h"

namespace ryot {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

constexpr float kNever = -std::numeric_limits<float>::infinity();

/** Leaves only the tokens that the grammar allows, and those that end the text where it is whole. Returns whether there are any. */
bool restrict(std::vector<float>& logits, GrammarMatcher& grammar, int left, const std::vector<int>& stop_tokens, const std::atomic<bool>& stop) {
  const int count = static_cast<int>(logits.size());
  std::vector<std::pair<float*, float>> ends;
  for (const int token : stop_tokens) {
    if (token < 0 || token >= count) continue;
    float& logit = logits[static_cast<size_t>(token)];
    ends.emplace_back(&logit, grammar.whole() ? finite_logit(logit) : kNever);
  }
  grammar.mask(left, stop).restrict(logits.data(), count);
  // They may have a text of their own, and a place in the mask for it.
  for (const auto& [logit, value] : ends) *logit = value;
  return std::any_of(logits.begin(), logits.end(), [](float logit) { return logit > kNever; });
}

}  // namespace

Generated generate(Decoder& decoder, int vocabulary, TextModel& text, const GenerationOptions& options, const TellToken& tell,
                   const std::atomic<bool>& stop) {
  Generated generated;
  Sampler sampler(options.sampling);
  for (const int token : options.tokens) sampler.seen(token);
  WrittenText written(options.stop_strings);
  if (!options.stop_strings.empty()) text.required_tokenizer();
  if (!options.stop_strings.empty() && !options.grammar.empty()) throw Error("USAGE", "stop strings would cut what a grammar keeps whole");
  GrammarMatcher* grammar = options.grammar.empty() ? nullptr : &text.matcher(options.grammar);
  // They are changed, and the decoder's own stay as they were read.
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
    sampler.penalise(logits.data());
    if (grammar != nullptr) {
      const int left = std::min(options.most_tokens - generated.tokens_written - 1, decoder.room());
      const bool goes_on = restrict(logits, *grammar, left, options.stop_tokens, stop);
      if (!goes_on && !grammar->whole()) throw Error("MODEL_INVALID", "the vocabulary has no token that goes on as the grammar asks");
      if (!goes_on) {
        generated.ending = Ending::Stop;
        break;
      }
    }
    const int token = sampler.choose(logits.data(), vocabulary);
    if (std::find(options.stop_tokens.begin(), options.stop_tokens.end(), token) != options.stop_tokens.end()) {
      generated.ending = Ending::Stop;
      break;
    }
    sampler.seen(token);
    std::string piece;
    // Models may have rows for more tokens than the vocabulary has.
    const Vocabulary* tokens = text.tokenizer() == nullptr ? nullptr : &text.tokenizer()->vocabulary();
    if (tokens != nullptr && token < tokens->size()) tokens->append_piece(piece, token, false);
    if (grammar != nullptr) grammar->accept(piece);
    generated.tokens_written++;
    tell(token, written.add(piece));
    if (written.stopped() || (grammar != nullptr && grammar->finished())) {
      generated.ending = Ending::Stop;
      break;
    }
    if (generated.tokens_written < options.most_tokens) read(&token, 1);
  }
  generated.rest = written.rest();
  generated.writing_seconds = seconds_since(begin);
  return generated;
}

}  // namespace ryot
