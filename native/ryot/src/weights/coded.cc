#include "weights/coded.h"

#include <atomic>
#include <cmath>
#include <cstring>

#include "weights/coded_layout.h"
#include "weights/k_quants.h"
#include "weights/values.h"

namespace ryot {
namespace {

constexpr int kRunColumns = kBlockColumns;

/** A row's codes and scales of as many columns as share a header. */
struct Run {
  uint8_t codes[kRunColumns];
  float floats[2];
  /** For each block what stands behind its codes: a 16-bit float, or two bytes. */
  uint8_t scales[8][2];
};

Run run_of(TensorType type, const uint8_t* data) {
  Run run = {};
  const auto half_at = [&](int byte) { return half_to_float(static_cast<uint16_t>(data[byte] | data[byte + 1] << 8)); };
  switch (type) {
    case TensorType::Q4_0:
      std::memcpy(run.scales[0], data, 2);
      for (int i = 0; i < 16; i++) {
        run.codes[i] = data[2 + i] & 15;
        run.codes[16 + i] = data[2 + i] >> 4;
      }
      run.floats[0] = half_at(0);
      return run;
    case TensorType::Q4_K: {
      const FourBitScales scales = scales_of_q4_k(data);
      for (int block = 0; block < 8; block++) {
        run.scales[block][0] = scales.scales[block];
        run.scales[block][1] = scales.offsets[block];
      }
      codes_of_q4_k(data, run.codes);
      run.floats[0] = half_at(0);
      run.floats[1] = half_at(2);
      return run;
    }
    case TensorType::Q6_K:
      std::memcpy(run.scales, data + 192, 16);
      codes_of_q6_k(data, run.codes);
      run.floats[0] = half_at(208);
      return run;
    default:
      std::memcpy(run.scales[0], data, 2);
      for (int i = 0; i < 32; i++) run.codes[i] = static_cast<uint8_t>(data[2 + i] + 128);
      run.floats[0] = half_at(0);
      return run;
  }
}

/** Writes one row of a panel's run of blocks. */
void pack_run(const CodedLayout& layout, TensorType type, const Run& run, int row, uint8_t* target) {
  for (int i = 0; i < layout.floats; i++) std::memcpy(target + (static_cast<size_t>(i) * kPanelRows + row) * sizeof(float), run.floats + i, sizeof(float));
  target += layout.header_bytes();
  for (int block = 0; block < layout.blocks; block++, target += layout.block_bytes()) {
    uint8_t* slice = target + static_cast<size_t>(row / 16) * layout.slice_bytes() + static_cast<size_t>(row % 16) * 4;
    uint32_t words[kCodedWords];
    std::memcpy(words, run.codes + block * kCodedColumns, sizeof(words));
    if (layout.bits == 4) {
      for (int word = 0; word < 4; word++) words[word] |= words[word + 4] << 4;
    }
    for (int word = 0; word < layout.bits; word++) std::memcpy(slice + static_cast<size_t>(word) * 64, words + word, 4);
    uint8_t* scales = target + layout.code_bytes();
    const bool halves = type == TensorType::Q4_0 || type == TensorType::Q8_0;
    for (int i = 0; i < 2; i++) scales[halves ? row * 2 + i : i * kPanelRows + row] = run.scales[block][i];
  }
}

size_t file_bytes_of_run(TensorType type) {
  switch (type) {
    case TensorType::Q4_0: return 18;
    case TensorType::Q4_K: return 144;
    case TensorType::Q6_K: return 210;
    default: return 34;
  }
}

}  // namespace

bool is_coded(TensorType type) {
  return type == TensorType::Q4_0 || type == TensorType::Q8_0 || type == TensorType::Q4_K || type == TensorType::Q6_K;
}

size_t CodedMatrix::panel_bytes() const {
  const CodedLayout layout = coded_layout(type);
  return static_cast<size_t>(columns / (layout.blocks * kCodedColumns)) * layout.run_bytes();
}

CodedMatrix read_coded(const Tensor& tensor, Arena& arena, const Loading& loading) {
  CodedMatrix matrix;
  matrix.type = tensor.type;
  matrix.rows = tensor.rows;
  matrix.columns = tensor.columns;
  matrix.packed = arena.take(matrix.packed_bytes());
  const CodedLayout layout = coded_layout(tensor.type);
  const int runs = tensor.columns / (layout.blocks * kCodedColumns);
  const size_t run_bytes = file_bytes_of_run(tensor.type);
  std::atomic<bool> broken{false};
  loading.run(matrix.panels(), [&](int panel) {
    uint8_t* target = matrix.packed + panel * matrix.panel_bytes();
    const int rows = tensor.rows - panel * kPanelRows;
    if (rows < kPanelRows) std::memset(target, 0, matrix.panel_bytes());
    for (int row = 0; row < kPanelRows && row < rows; row++) {
      const uint8_t* data = tensor.data + (static_cast<size_t>(panel) * kPanelRows + row) * runs * run_bytes;
      for (int i = 0; i < runs; i++) {
        const Run run = run_of(tensor.type, data + i * run_bytes);
        if (!std::isfinite(run.floats[0]) || !std::isfinite(run.floats[1])) broken = true;
        pack_run(layout, tensor.type, run, row, target + i * layout.run_bytes());
      }
    }
  });
  if (broken) throw not_numbers(tensor);
  return matrix;
}

}  // namespace ryot
