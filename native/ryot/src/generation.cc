#include "generation.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "error.h"
#include "grammar_matcher.h"
#include "written_text.h"

namespace ryot {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/** Also of what is not a number. */
float at_least(float logit) {
  constexpr float kLowest = std::numeric_limits<float>::lowest();
  return logit > kLowest ? logit : kLowest;
}

/** Leaves only the tokens that the grammar allows, and those that end the text where it is whole. What is allowed is above -infinity. */
void restrict(std::vector<float>& logits, GrammarMatcher& grammar, int left, const std::vector<int>& stop_tokens) {
  constexpr float kNever = -std::numeric_limits<float>::infinity();
  const TokenMask& mask = grammar.mask(left);
  std::vector<std::pair<int, float>> ends;
  for (const int token : stop_tokens) {
    if (grammar.whole() && token >= 0 && token < static_cast<int>(logits.size())) ends.emplace_back(token, logits[static_cast<size_t>(token)]);
  }
  bool any = !ends.empty();
  for (size_t word = 0; word * 64 < logits.size(); word++) {
    const uint64_t bits = word < mask.bits.size() ? mask.bits[word] : 0;
    any = any || bits != 0;
    const size_t end = std::min(logits.size(), word * 64 + 64);
    for (size_t i = word * 64; i < end; i++) logits[i] = (bits >> (i % 64) & 1) != 0 ? at_least(logits[i]) : kNever;
  }
  for (const auto& [token, logit] : ends) logits[static_cast<size_t>(token)] = at_least(logit);
  if (!any) throw Error("MODEL_INVALID", "the vocabulary has no token that goes on as the grammar asks");
}

}  // namespace

Generated generate(Decoder& decoder, int vocabulary, TextModel& text, const GenerationOptions& options, const TellToken& tell,
                   const std::atomic<bool>& stop) {
  Generated generated;
  Sampler sampler(options.sampling);
  for (const int token : options.tokens) sampler.seen(token);
  WrittenText written(options.stop_strings);
  if (!options.stop_strings.empty()) text.required_tokenizer();
  std::unique_ptr<GrammarMatcher> grammar;
  if (options.grammar != nullptr) grammar = std::make_unique<GrammarMatcher>(*options.grammar, text.tries());
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
    if (grammar != nullptr) restrict(logits, *grammar, options.most_tokens - generated.tokens_written - 1, options.stop_tokens);
    const int token = sampler.next(logits.data(), vocabulary);
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
