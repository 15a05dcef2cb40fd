#include "kernels.h"

namespace ryot {

const TernaryKernel* const* ternary_kernels(int* count) {
  static const TernaryKernel* const kernels[] = {&kScalarKernel, &kVnniKernel};
  *count = sizeof(kernels) / sizeof(kernels[0]);
  return kernels;
}

void multiply(const TernaryKernel& kernel, const TernaryMatrix& matrix, const Activations& activations, float* out,
              size_t out_stride, Threads& threads) {
  threads.run(matrix.panels(), [&](int panel) {
    const int first_row = panel * kPanelRows;
    const int rows = matrix.rows - first_row < kPanelRows ? matrix.rows - first_row : kPanelRows;
    alignas(64) int32_t sums[kTileTokens * kPanelRows];
    // A panel stays in the cache while all groups of tokens pass over it.
    for (int group = 0; group < activations.groups(); group++) {
      const int tokens = activations.group_tokens(group);
      kernel.panel(matrix.panel(panel), matrix.steps(), activations.group(group), tokens, sums);
      for (int t = 0; t < tokens; t++) {
        const int token = group * kTileTokens + t;
        float* target = out + token * out_stride + first_row;
        for (int row = 0; row < rows; row++) {
          const int32_t product = sums[t * kPanelRows + row] - activations.sums[token];
          target[row] = static_cast<float>(product) * activations.scales[token] * matrix.scale(first_row + row);
        }
      }
    }
  });
}

}  // namespace ryot
