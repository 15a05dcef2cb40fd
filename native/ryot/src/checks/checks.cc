#include "checks/checks.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <vector>

#include "checks/random_data.h"
#include "checks/reference.h"
#include "common/error.h"
#include "kernels/kernels.h"
#include "model/elementwise.h"
#include "weights/coded.h"
#include "weights/head.h"

namespace ryot {
namespace {

constexpr float kEpsilon = 1e-5f;
/** Nobody stops a check. */
const std::atomic<bool> kGoOn{false};

/** Counts what is not the same, not a number being the same as not a number. */
template <typename Found, typename Right>
void compare(const Found* found, const Right* right, size_t count, Checked& into) {
  double largest = 1e-30;
  double error = 0;
  for (size_t i = 0; i < count; i++) {
    if (std::isnan(static_cast<double>(found[i])) && std::isnan(static_cast<double>(right[i]))) continue;
    into.differing += static_cast<double>(found[i]) != static_cast<double>(right[i]);
    largest = std::max(largest, std::fabs(static_cast<double>(right[i])));
    error = std::max(error, std::fabs(static_cast<double>(found[i]) - static_cast<double>(right[i])));
  }
  into.results += static_cast<int>(count);
  into.largest_error = std::max(into.largest_error, error / largest);
}

std::vector<float> values_for(const Check& wanted, size_t count, std::mt19937& random) {
  if (wanted.largest) return std::vector<float>(count, 1);
  return wanted.extreme ? extreme_values(count, random) : random_values(count, random);
}

void compare_ternary(const Check& wanted, std::mt19937& random, Checked& into) {
  Arena arena;
  const ScaleSpan span = wanted.block_scales ? ScaleSpan::Block : ScaleSpan::Row;
  const TernaryMatrix matrix = wanted.largest ? largest_ternary(wanted.rows, wanted.columns, span, arena)
                                              : random_ternary(wanted.rows, wanted.columns, span, arena, random);
  const std::vector<float> values = values_for(wanted, static_cast<size_t>(wanted.tokens) * wanted.columns, random);
  Activations expected = make_activations(wanted.tokens, wanted.columns, wanted.scaling);
  Activations found = make_activations(wanted.tokens, wanted.columns, wanted.scaling);
  std::vector<float> right(static_cast<size_t>(wanted.tokens) * wanted.rows);
  std::vector<float> out(right.size());
  // Behind what late threads still read; so everywhere below.
  Threads threads(wanted.threads);
  quantise_scalar(values.data(), wanted.tokens, wanted.columns, expected);
  quantise(values.data(), wanted.tokens, wanted.columns, found, threads);
  compare(found.words.data(), expected.words.data(), expected.words.size(), into);
  compare(found.sums.data(), expected.sums.data(), expected.sums.size(), into);
  compare(found.scales.data(), expected.scales.data(), expected.scales.size(), into);
  compare(found.totals.data(), expected.totals.data(), expected.totals.size(), into);
  const TernaryKernel& kernel = kernel_named(wanted.kernel);
  multiply({&kScalarKernel, &kScalarKernel}, {{&matrix, right.data(), static_cast<size_t>(wanted.rows), 1}}, expected, threads);
  multiply({&kernel, &kernel}, {{&matrix, out.data(), static_cast<size_t>(wanted.rows), 1}}, found, threads);
  compare(out.data(), right.data(), out.size(), into);
}

void compare_coded(const Check& wanted, std::mt19937& random, Checked& into) {
  const RandomTensor file = random_tensor(wanted.type, wanted.rows, wanted.columns, wanted.extreme, random);
  const int columns = file.tensor.columns;
  const std::vector<float> values = values_for(wanted, static_cast<size_t>(wanted.tokens) * columns, random);
  Arena arena;
  CodedMatrix matrix;
  CodedActivations expected = make_coded_activations(wanted.tokens, columns);
  CodedActivations found = make_coded_activations(wanted.tokens, columns);
  std::vector<float> right(static_cast<size_t>(wanted.tokens) * wanted.rows);
  std::vector<float> out(right.size());
  Threads threads(wanted.threads);
  matrix = read_coded(file.tensor, arena, {threads, kGoOn});
  quantise_scalar(values.data(), wanted.tokens, columns, expected);
  quantise(values.data(), wanted.tokens, columns, found, threads);
  compare(found.words.data(), expected.words.data(), expected.words.size(), into);
  compare(found.scales.data(), expected.scales.data(), expected.scales.size(), into);
  compare(found.sums.data(), expected.sums.data(), expected.sums.size(), into);
  multiply_scalar(file.tensor, expected, right.data());
  multiply(matrix, found, out.data(), threads);
  compare(out.data(), right.data(), out.size(), into);
}

void compare_head(const Check& wanted, std::mt19937& random, Checked& into) {
  const RandomTensor file = random_tensor(wanted.type, wanted.rows, wanted.columns, wanted.extreme, random);
  const int columns = file.tensor.columns;
  // Bytes have one sum for a whole row, so the activations have one scale.
  const Scaling scaling = file.tensor.type == TensorType::Q6_K ? wanted.scaling : Scaling::Token;
  const std::vector<float> values = values_for(wanted, static_cast<size_t>(columns), random);
  Activations activations = make_activations(1, columns, scaling);
  HeadInput input = make_head_input(columns, scaling);
  Head head;
  std::vector<float> right(static_cast<size_t>(wanted.rows));
  std::vector<float> out(right.size());
  Threads threads(wanted.threads);
  head = read_head(file.tensor, HeadKind::Fast, {threads, kGoOn});
  quantise_scalar(values.data(), 1, columns, activations);
  multiply_head_scalar(file.tensor, activations, right.data());
  multiply(head, values.data(), input, out.data(), threads);
  compare(out.data(), right.data(), out.size(), into);
}

/** `rows` positions, heads of `columns`, `tokens` queries that see one position less each. */
void compare_attention(const Check& wanted, std::mt19937& random, Checked& into) {
  constexpr int kLayer = 1;
  constexpr int kHead = 2;
  const auto size = static_cast<size_t>(wanted.columns);
  KvCache cache(wanted.type == "int8" ? CacheType::Bytes : CacheType::Halves, kLayer + 1, kHead + 1, wanted.columns, wanted.rows);
  for (int position = 0; position < wanted.rows; position++) {
    cache.put(kLayer, kHead, position, random_values(size, random).data(), random_values(size, random).data());
  }
  const int count = std::min({wanted.tokens, wanted.rows, kMostQueries});
  const std::vector<float> queries = random_values(count * size, random);
  std::vector<float> out(count * size);
  std::vector<double> right(out.size());
  std::vector<Query> tile;
  for (int i = 0; i < count; i++) tile.push_back({queries.data() + i * size, out.data() + i * size, wanted.rows - count + 1 + i});
  std::vector<float> scratch(attention_scratch(wanted.rows));
  attend(cache, kLayer, kHead, tile.data(), count, Weights::Singles, scratch.data());
  for (int i = 0; i < count; i++) attend_scalar(cache, kLayer, kHead, tile[i], right.data() + i * size);
  compare(out.data(), right.data(), out.size(), into);
}

void compare_norm(const Check& wanted, std::mt19937& random, Checked& into) {
  const auto count = static_cast<size_t>(wanted.columns);
  const std::vector<float> values = random_values(count, random);
  const std::vector<float> weights = random_values(count, random);
  std::vector<float> out(count);
  std::vector<double> right(count);
  rms_norm(values.data(), weights, kEpsilon, out.data());
  rms_norm_scalar(values.data(), weights, kEpsilon, right.data());
  compare(out.data(), right.data(), count, into);
}

void compare_gate(const Check& wanted, std::mt19937& random, Checked& into) {
  const auto count = static_cast<size_t>(wanted.columns);
  std::vector<float> out = random_values(count, random);
  // Far enough for e^-x to be nothing, and to be more than a float holds.
  for (float& value : out) value *= wanted.extreme ? 40 : 1;
  const std::vector<float> up = random_values(count, random);
  std::vector<double> right(count);
  const bool silu = wanted.step == "silu";
  (silu ? gate_silu_scalar : gate_squared_relu_scalar)(out.data(), up.data(), wanted.columns, right.data());
  (silu ? gate_silu : gate_squared_relu)(out.data(), up.data(), wanted.columns);
  compare(out.data(), right.data(), count, into);
}

/** Heads of `columns`, rounded up to pairs, at `rows` positions. */
void compare_rope(const Check& wanted, std::mt19937& random, Checked& into) {
  RopeRule rule;
  rule.dimensions = (wanted.columns + 1) / 2 * 2;
  rule.halves = wanted.type == "halves";
  Rope rope(rule, wanted.rows);
  Threads threads(wanted.threads);
  rope.prepare(0, wanted.rows, threads);
  for (int position = 0; position < wanted.rows; position++) {
    std::vector<float> out = random_values(static_cast<size_t>(rule.dimensions), random);
    std::vector<double> right(out.begin(), out.end());
    rope.turn(out.data(), position);
    turn_scalar(rule, position, right.data());
    compare(out.data(), right.data(), out.size(), into);
  }
}

}  // namespace

Checked check(const Check& wanted) {
  using Compare = void (*)(const Check&, std::mt19937&, Checked&);
  static const std::map<std::string, Compare> kSteps = {
      {"ternary", compare_ternary}, {"coded", compare_coded}, {"head", compare_head},  {"attention", compare_attention},
      {"norm", compare_norm},       {"silu", compare_gate},   {"relu2", compare_gate}, {"rope", compare_rope},
  };
  const auto step = kSteps.find(wanted.step);
  if (step == kSteps.end()) throw Error("USAGE", "no step is called '" + wanted.step + "'");
  std::mt19937 random(static_cast<uint32_t>(wanted.seed));
  Checked checked;
  step->second(wanted, random, checked);
  return checked;
}

}  // namespace ryot
