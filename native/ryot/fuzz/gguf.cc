// Files that lie: whatever bytes stand in a GGUF, loading it ends in a model or in an Error, and what was loaded can be run and speaks.
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "common/error.h"
#include "generation/generation.h"
#include "generation/text_model.h"
#include "model/decoder.h"
#include "model/model.h"
#include "mutations.h"

namespace {

constexpr int kContext = 8;
/** A case takes a millisecond. */
constexpr time_t kMostSeconds = 30;

/** Words of the vocabularies' own, a control token's name, a character of several bytes, and what is no UTF-8. */
constexpr char kText[] = "a b <s>ab\xc3\xa9</s> \xff";

/** No bytes or some of "a", "b" and of what no text begins with: numbers as `Grammar` takes them. */
const std::vector<int> kGrammar = {
    1, -1,                                      // one class, no rule of a text's characters
    0, 0, 0, 6, 0, 0, 0, static_cast<int>(~0u),  // "a", "b", and 0xe0 to 0xff
    4, 1, 0, 5,                                 // rule 0: rule 1, up to five times
    0, 0, 0, 0,
    2, 0, 0, 0,                                 // rule 1: a byte of that class
    0, 0, 0, 0,
};

/** Texts to tokens and back, with and without control tokens, where the file has a vocabulary at all. */
void speak(const ryot::Gguf& file, const std::atomic<bool>& stop) {
  ryot::TextModel text;
  text.open(file, stop);
  const ryot::Tokenizer* tokenizer = text.tokenizer();
  if (tokenizer == nullptr) return;
  const size_t length = sizeof(kText) - 1;
  // All of it said, nothing, or something in between.
  for (const std::vector<ryot::Stretch>& said : std::vector<std::vector<ryot::Stretch>>{{{0, length}}, {}, {{2, 7}, {9, length}}}) {
    ryot::Tokenizer::Options options;
    options.edges = true;
    options.said = said;
    tokenizer->detokenize(tokenizer->tokenize(kText, options, stop), said.empty());
  }
  std::vector<int> all(static_cast<size_t>(tokenizer->vocabulary().size()));
  std::iota(all.begin(), all.end(), 0);
  tokenizer->detokenize(all, true);
}

/** A short text, under a grammar where there is a vocabulary for one. */
void write(const ryot::Model& model, ryot::Decoder& decoder, const std::atomic<bool>& stop) {
  ryot::TextModel text;
  text.open(*model.file, stop);
  ryot::GenerationOptions options;
  options.tokens = {0};
  options.anew = true;
  options.most_tokens = 3;
  options.sampling.temperature = 1;
  if (text.tokenizer() != nullptr) options.grammar = kGrammar;
  ryot::generate(decoder, model.shape.vocabulary, text, options, [](int, const std::string&) {}, stop);
}

/** How a case is run, so that every form of what is kept is met. */
struct Manner {
  /** Block: as in the comparison with llama.cpp, which keeps weights and head in other forms. */
  ryot::Scaling scaling;
  ryot::CacheType cache;
  int threads;
};

Manner manner_of(uint64_t number) {
  return {number % 4 == 3 ? ryot::Scaling::Block : ryot::Scaling::Token, number % 4 == 1 ? ryot::CacheType::Bytes : ryot::CacheType::Halves,
          number % 8 == 5 ? 2 : 1};
}

void load_and_run(const std::string& path, const Manner& manner) {
  const std::atomic<bool> stop{false};
  // Behind what late threads still read: they end first.
  std::unique_ptr<ryot::Model> model;
  std::optional<ryot::Decoder> decoder;
  ryot::Threads threads(manner.threads);
  ryot::LoadOptions options;
  options.path = path;
  if (manner.scaling == ryot::Scaling::Block) {
    options.head = ryot::HeadKind::Lossless;
    options.floats = ryot::Floats::Lossless;
  }
  model = ryot::load_model(options, threads, stop);
  ryot::DecoderOptions decoder_options;
  decoder_options.context = kContext;
  decoder_options.kernels = {&ryot::kVnniKernel, &ryot::kVnniKernel};
  decoder_options.scaling = manner.scaling;
  decoder_options.cache = manner.cache;
  decoder.emplace(*model, decoder_options, threads);
  const int tokens[] = {0, model->shape.vocabulary - 1, 0};
  decoder->read(tokens, 3, stop);
  decoder->read(tokens, 1, stop);
  write(*model, *decoder, stop);
}

/** As in `engine.cc`, a vocabulary is opened alone too: it must not need a sound model behind it. */
bool is_taken(const std::function<void()>& use) {
  try {
    use();
    return true;
  } catch (const ryot::Error&) {
    return false;
  }
}

}  // namespace

bool ryot::fuzz_case(const std::vector<uint8_t>& bytes) {
  static const int file = memfd_create("fuzz", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (ftruncate(file, static_cast<off_t>(bytes.size())) != 0 || pwrite(file, bytes.data(), bytes.size(), 0) < 0) throw std::runtime_error("no room");
  static uint64_t cases = 0;
  // What takes longer is a finding too: the signal ends the process. By its own processor time, as a machine may be busy.
  const itimerval most = {{0, 0}, {kMostSeconds, 0}};
  setitimer(ITIMER_PROF, &most, nullptr);
  const bool speaks = is_taken([] { speak(ryot::Gguf(path), std::atomic<bool>{false}); });
  return is_taken([&] { load_and_run(path, manner_of(cases++)); }) && speaks;
}
