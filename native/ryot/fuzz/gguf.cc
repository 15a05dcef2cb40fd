// Files that lie: whatever bytes stand in a GGUF, loading it ends in a model or in an Error, and what was loaded can be run and speaks.
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "common/error.h"
#include "generation/text_model.h"
#include "model/decoder.h"
#include "model/model.h"
#include "mutations.h"

namespace {

constexpr int kContext = 8;

/** Words of the vocabularies' own, a control token's name, a character of several bytes, and what is no UTF-8. */
constexpr char kText[] = "a b <s>ab\xc3\xa9</s> \xff";

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

/** `scaling`: Block, as in the comparison with llama.cpp, which keeps weights and head in other forms. */
void load_and_run(const std::string& path, ryot::Scaling scaling, ryot::CacheType cache) {
  static ryot::Threads threads(1);
  const std::atomic<bool> stop{false};
  ryot::LoadOptions options;
  options.path = path;
  if (scaling == ryot::Scaling::Block) {
    options.head = ryot::HeadKind::Lossless;
    options.floats = ryot::Floats::Lossless;
  }
  const auto model = ryot::load_model(options, threads, stop);
  ryot::DecoderOptions decoder_options;
  decoder_options.context = kContext;
  decoder_options.kernels = {&ryot::kVnniKernel, &ryot::kVnniKernel};
  decoder_options.scaling = scaling;
  decoder_options.cache = cache;
  ryot::Decoder decoder(*model, decoder_options, threads);
  const int tokens[] = {0, model->shape.vocabulary - 1, 0};
  decoder.read(tokens, 3, stop);
  decoder.read(tokens, 1, stop);
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
  // Every fourth case: most of the reader's work is the same in all.
  const auto scaling = ++cases % 4 == 3 ? ryot::Scaling::Block : ryot::Scaling::Token;
  const auto cache = cases % 4 == 1 ? ryot::CacheType::Bytes : ryot::CacheType::Halves;
  const bool speaks = is_taken([] { speak(ryot::Gguf(path), std::atomic<bool>{false}); });
  return is_taken([&] { load_and_run(path, scaling, cache); }) && speaks;
}
