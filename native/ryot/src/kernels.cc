#include "kernels.h"

#include <algorithm>
#include <chrono>

#include "error.h"
#include "vector_math.h"

namespace ryot {
namespace {

constexpr int kBlockSteps = kBlockColumns / kStepColumns;

/** All columns at once: the scales of weights and activations reach over whole rows. */
void whole_panel(const TernaryKernel& kernel, const TernaryProduct& product, const Activations& activations, int panel) {
  const TernaryMatrix& matrix = *product.matrix;
  const int first_row = panel * kPanelRows;
  alignas(64) int32_t sums[kTileTokens * kPanelRows];
  // A panel stays in the cache while all groups of tokens pass over it.
  for (int group = 0; group < activations.groups(); group++) {
    const int tokens = activations.group_tokens(group);
    kernel.panel(matrix.panel(panel), matrix.steps(), activations.group(group), tokens, sums);
    for (int t = 0; t < tokens; t++) {
      const int token = group * kTileTokens + t;
      const __m512i total = _mm512_set1_epi32(activations.totals[token]);
      const __m512 unit = _mm512_set1_ps(activations.scales[static_cast<size_t>(token) * activations.blocks()] * product.scale);
      float* target = product.out + token * product.stride + first_row;
      for (int row = 0; row < kPanelRows && first_row + row < matrix.rows; row += kLanes) {
        const __m512i whole = _mm512_sub_epi32(_mm512_load_si512(sums + t * kPanelRows + row), total);
        const __m512 scale =
            matrix.span == ScaleSpan::Matrix ? _mm512_set1_ps(matrix.scales[0]) : _mm512_loadu_ps(matrix.scales + first_row + row);
        _mm512_mask_storeu_ps(target + row, lanes_of(matrix.rows - first_row - row),
                              _mm512_mul_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(whole), unit), scale));
      }
    }
  }
}

/** Block by block, where the weights or the activations have a scale for each. */
void panel_by_blocks(const TernaryKernel& kernel, const TernaryProduct& product, const Activations& activations, int panel) {
  const TernaryMatrix& matrix = *product.matrix;
  const int first_row = panel * kPanelRows;
  const int blocks = matrix.blocks();
  alignas(64) int32_t sums[kTileTokens * kPanelRows];
  alignas(64) float results[kTileTokens * kPanelRows];
  alignas(64) float scales[kPanelRows];
  for (int group = 0; group < activations.groups(); group++) {
    const int tokens = activations.group_tokens(group);
    std::fill(results, results + tokens * kPanelRows, 0.0f);
    for (int block = 0; block < blocks; block++) {
      const int first_step = block * kBlockSteps;
      const int steps = std::min(kBlockSteps, matrix.steps() - first_step);
      kernel.panel(matrix.panel(panel) + static_cast<size_t>(first_step) * kStepBytes, steps,
                   activations.group(group) + static_cast<size_t>(first_step) * 4 * tokens, tokens, sums);
      for (int row = 0; row < kPanelRows; row++) {
        scales[row] = first_row + row < matrix.rows ? matrix.scale(first_row + row, block) : 0;
      }
      for (int t = 0; t < tokens; t++) {
        const size_t at = static_cast<size_t>(group * kTileTokens + t) * activations.blocks() + block;
        for (int row = 0; row < kPanelRows; row++) {
          const int32_t product_sum = sums[t * kPanelRows + row] - activations.sums[at];
          results[t * kPanelRows + row] += static_cast<float>(product_sum) * (activations.scales[at] * scales[row]);
        }
      }
    }
    for (int t = 0; t < tokens; t++) {
      float* target = product.out + (group * kTileTokens + t) * product.stride + first_row;
      for (int row = 0; row < kPanelRows && first_row + row < matrix.rows; row++) target[row] = results[t * kPanelRows + row] * product.scale;
    }
  }
}

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
    kernel.panel(panel.data(), kSteps, words.data(), tokens, out.data());
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
  static const std::vector<const TernaryKernel*> kernels = {&kScalarKernel, &kTableKernel, &kVnniKernel};
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
  const TernaryKernel& kernel = activations.tokens == 1 ? *kernels.one : *kernels.many;
  threads.run(panels, [&](int chunk) {
    const TernaryProduct* product = products.data();
    while (chunk >= product->matrix->panels()) chunk -= product++->matrix->panels();
    const bool blocks = product->matrix->span == ScaleSpan::Block || activations.scaling == Scaling::Block;
    (blocks ? panel_by_blocks : whole_panel)(kernel, *product, activations, chunk);
  });
}

}  // namespace ryot
