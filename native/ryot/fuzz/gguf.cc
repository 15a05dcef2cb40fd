// Files that lie: whatever bytes stand in a GGUF, loading it ends in a model or in an Error, and what was loaded can be run.
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include "../src/decoder.h"
#include "../src/error.h"
#include "../src/model.h"
#include "mutations.h"

namespace {

constexpr int kContext = 8;

void load_and_run(const std::string& path) {
  static ryot::Threads threads(1);
  const std::atomic<bool> stop{false};
  ryot::LoadOptions options;
  options.path = path;
  const auto model = ryot::load_model(options, threads, stop);
  ryot::DecoderOptions decoder_options;
  decoder_options.context = kContext;
  decoder_options.kernels = {&ryot::kVnniKernel, &ryot::kVnniKernel};
  ryot::Decoder decoder(*model, decoder_options, threads);
  const int tokens[] = {0, model->shape.vocabulary - 1, 0};
  decoder.read(tokens, 3, stop);
  decoder.read(tokens, 1, stop);
}

}  // namespace

bool ryot::fuzz_case(const std::vector<uint8_t>& bytes) {
  static const int file = memfd_create("fuzz", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (ftruncate(file, static_cast<off_t>(bytes.size())) != 0 || pwrite(file, bytes.data(), bytes.size(), 0) < 0) throw std::runtime_error("no room");
  try {
    load_and_run(path);
    return true;
  } catch (const ryot::Error&) {
    return false;
  }
}
