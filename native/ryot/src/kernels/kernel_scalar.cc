#include "kernels/kernels.h"

namespace ryot {
namespace {

/** The definition of right, as plain as it can be. */
void panel_scalar(const uint8_t* panel, const uint8_t*, int steps, const int32_t* words, int tokens, int32_t* out) {
  for (int i = 0; i < tokens * kPanelRows; i++) out[i] = 0;
  for (int step = 0; step < steps; step++) {
    for (int row = 0; row < kPanelRows; row++) {
      for (int column = 0; column < kStepColumns; column++) {
        const int code = panel[step * kStepBytes + row * 4 + column % 4] >> (column / 4 * 2) & 3;
        for (int token = 0; token < tokens; token++) {
          const auto word = static_cast<uint32_t>(words[(step * 4 + column / 4) * tokens + token]);
          out[token * kPanelRows + row] += code * static_cast<int8_t>(word >> (column % 4 * 8));
        }
      }
    }
  }
}

}  // namespace

const TernaryKernel kScalarKernel = {"scalar", panel_scalar};

}  // namespace ryot
