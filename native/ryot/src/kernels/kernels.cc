#include "kernels/kernels.h"

#include <algorithm>
#include <chrono>

#include "common/error.h"
#include "common/vector_math.h"

namespace ryot {
namespace {

constexpr int kBlockSteps = kBlockColumns / kStepColumns;

/** A panel by some tokens, and the panel that the same thread will probably do next: it may lie behind the matrix. */
struct Part {
  int panel;
  int next_panel;
  int first_token;
  int tokens;
};

/** All columns at once: the scales of weights and activations reach over whole rows. `results`: `[tokens][64]`. */
void whole_panel(const TernaryKernel& kernel, const TernaryMatrix& matrix, const Activations& activations, const Part& part, float* results) {
  alignas(64) int32_t sums[kTileTokens * kPanelRows];
  kernel.panel(matrix.panel(part.panel), matrix.panel(part.next_panel), matrix.steps(), activations.group(part.first_token / kTileTokens),
               part.tokens, sums);
  for (int t = 0; t < part.tokens; t++) {
    const int token = part.first_token + t;
    const __m512i total = _mm512_set1_epi32(activations.totals[token]);
    const __m512 unit = _mm512_set1_ps(activations.scales[static_cast<size_t>(token) * activations.blocks()]);
    for (int row = t * kPanelRows; row < (t + 1) * kPanelRows; row += kLanes) {
      const __m512i whole = _mm512_sub_epi32(_mm512_load_si512(sums + row), total);
      const __m512 scale = matrix.span == ScaleSpan::Matrix ? _mm512_set1_ps(matrix.scales[0])
                                                            : _mm512_loadu_ps(matrix.scales + part.panel * kPanelRows + row % kPanelRows);
      _mm512_storeu_ps(results + row, _mm512_mul_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(whole), unit), scale));
    }
  }
}

/** Block by block, where the weights or the activations have a scale for each. */
void panel_by_blocks(const TernaryKernel& kernel, const TernaryMatrix& matrix, const Activations& activations, const Part& part,
                     float* results) {
  const int tokens = part.tokens;
  alignas(64) int32_t sums[kTileTokens * kPanelRows];
  std::fill(results, results + tokens * kPanelRows, 0.0f);
  for (int block = 0; block < matrix.blocks(); block++) {
    const int first_step = block * kBlockSteps;
    const uint8_t* at = matrix.panel(part.panel) + static_cast<size_t>(first_step) * kStepBytes;
    kernel.panel(at, at + static_cast<size_t>(kBlockSteps) * kStepBytes, std::min(kBlockSteps, matrix.steps() - first_step),
                 activations.group(part.first_token / kTileTokens) + static_cast<size_t>(first_step) * 4 * tokens, tokens, sums);
    for (int t = 0; t < tokens; t++) {
      const size_t token_block = static_cast<size_t>(part.first_token + t) * activations.blocks() + block;
      for (int row = 0; row < kPanelRows; row++) {
        const float scale = activations.scales[token_block] * matrix.scale(part.panel * kPanelRows + row, block);
        results[t * kPanelRows + row] += static_cast<float>(sums[t * kPanelRows + row] - activations.sums[token_block]) * scale;
      }
    }
  }
}

auto panel_way(const TernaryMatrix& matrix, const Activations& activations) {
  return matrix.span == ScaleSpan::Block || activations.scaling == Scaling::Block ? panel_by_blocks : whole_panel;
}

void store_rows(const TernaryProduct& product, int panel, int token, const float* results) {
  const int first_row = panel * kPanelRows;
  float* target = product.out + token * product.stride + first_row;
  const __m512 scale = _mm512_set1_ps(product.scale);
  for (int row = 0; row < kPanelRows; row += kLanes) {
    const __mmask16 lanes = lanes_of(product.matrix->rows - first_row - row);
    _mm512_mask_storeu_ps(target + row, lanes, _mm512_mul_ps(_mm512_loadu_ps(results + row), scale));
  }
}

/**
 * Products of some tokens, a chunk for each panel and group of tokens, panel by panel: it stays in the cache while the groups pass over it. How many
 * tokens there are is kept here, since a thread that is late sees the activations of the next loop.
 */
struct Panels {
  static_assert(kResultFloats >= kTileTokens * kPanelRows);
  const TernaryKernel* kernel;
  const Activations* activations;
  int tokens;
  int groups;
  int threads;
  TernaryProduct products[kMostProducts];

  /** Where a chunk is, and in which product. */
  const TernaryProduct& find(int chunk, Part& part) const {
    const TernaryProduct* product = products;
    int panel = chunk / groups;
    while (panel >= product->matrix->panels()) panel -= product++->matrix->panels();
    const int first_token = chunk % groups * kTileTokens;
    part = {panel, panel + threads, first_token, std::min(kTileTokens, tokens - first_token)};
    return *product;
  }
  void work(int chunk, float* results) const {
    Part part;
    const TernaryMatrix& matrix = *find(chunk, part).matrix;
    panel_way(matrix, *activations)(*kernel, matrix, *activations, part, results);
  }
  void hand_over(int chunk, const float* results) const {
    Part part;
    const TernaryProduct& product = find(chunk, part);
    for (int t = 0; t < part.tokens; t++) store_rows(product, part.panel, part.first_token + t, results + t * kPanelRows);
  }
};

/** Time of one panel that is in the cache: the best of some tries, since other work on the machine can only add to it. */
double seconds_of(const TernaryKernel& kernel, int tokens) {
  constexpr int kSteps = 128;
  constexpr int kTries = 24;
  Buffer<uint8_t> panel(kSteps * kStepBytes);
  Buffer<int32_t> words(static_cast<size_t>(kSteps) * 4 * tokens);
  Buffer<int32_t> out(static_cast<size_t>(tokens) * kPanelRows);
  std::fill(panel.data(), panel.data() + panel.size(), uint8_t{0x55});
  std::fill(words.data(), words.data() + words.size(), 0);
  double best = 1;
  for (int i = 0; i < kTries; i++) {
    const auto begin = std::chrono::steady_clock::now();
    kernel.panel(panel.data(), panel.data(), kSteps, words.data(), tokens, out.data());
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

const TernaryKernel* fastest(int tokens) {
  const auto& kernels = ternary_kernels();
  return *std::min_element(kernels.begin() + 1, kernels.end(), [&](const TernaryKernel* a, const TernaryKernel* b) {
    return seconds_of(*a, tokens) < seconds_of(*b, tokens);
  });
}

}  // namespace

const std::vector<const TernaryKernel*>& ternary_kernels() {
  // Never destroyed: a thread may still look when the process ends.
  static const auto& kernels = *new std::vector<const TernaryKernel*>{&kScalarKernel, &kTableKernel, &kVnniKernel};
  return kernels;
}

const TernaryKernel& kernel_named(const std::string& name) {
  std::string known;
  for (const TernaryKernel* kernel : ternary_kernels()) {
    if (name == kernel->name) return *kernel;
    known += std::string(known.empty() ? "" : ", ") + kernel->name;
  }
  throw Error("USAGE", "there is no kernel '" + name + "' (there are " + known + ")");
}

KernelChoice fastest_kernels() {
  // The reference is in no race: it would take longer than all others together.
  static const KernelChoice choice = {fastest(1), fastest(kTileTokens)};
  return choice;
}

void multiply(const KernelChoice& kernels, const std::vector<TernaryProduct>& products, const Activations& activations, Threads& threads) {
  int panels = 0;
  for (const TernaryProduct& product : products) panels += product.matrix->panels();
  const TernaryKernel* kernel = activations.tokens == 1 ? kernels.one : kernels.many;
  Panels work = {kernel, &activations, activations.tokens, activations.groups(), threads.count(), {}};
  std::copy(products.begin(), products.end(), work.products);
  threads.run_repeatable(panels * work.groups, work);
}

}  // namespace ryot
