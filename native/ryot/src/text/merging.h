#pragma once

#include <atomic>
#include <queue>
#include <vector>

#include "common/patience.h"

namespace ryot {

/** A stretch of bytes that is one symbol now; `length` 0 once the one before it took it in. */
struct Symbol {
  int before;
  int behind;
  size_t begin;
  size_t length;
  /** What a tokenizer knows the symbol by. */
  int id;
};

/** Two symbols that may become the one called `id`; the lowest `order` goes first, and of equals the leftmost. */
struct Merge {
  bool possible = false;
  double order = 0;
  int id = 0;
};

/** Lines symbols up one behind the other. */
class SymbolChain {
 public:
  void add(size_t begin, size_t length, int id) {
    const int index = static_cast<int>(symbols_.size());
    if (index > 0) symbols_.back().behind = index;
    symbols_.push_back({index - 1, -1, begin, length, id});
  }

  void clear() { symbols_.clear(); }

  /**
   * Merges neighbours until none can be, best first: O(n log n) for n symbols. `merge_of(left, right)` says what two of them become. Throws
   * CANCELLED once `stop` is set.
   */
  template <typename MergeOf>
  void merge(const MergeOf& merge_of, const std::atomic<bool>& stop) {
    std::priority_queue<Candidate> queue;
    const auto consider = [&](int left, int right) {
      if (left < 0 || right < 0) return;
      const Symbol& a = at(left);
      const Symbol& b = at(right);
      const Merge merge = merge_of(a, b);
      if (merge.possible) queue.push({merge.order, left, right, a.length + b.length, merge.id});
    };
    for (int i = 1; i < static_cast<int>(symbols_.size()); i++) {
      check(stop, i);
      consider(i - 1, i);
    }
    for (int step = 0; !queue.empty(); step++) {
      check(stop, step);
      const Candidate best = queue.top();
      queue.pop();
      Symbol& left = at(best.left);
      Symbol& right = at(best.right);
      // One of them may have become another symbol since.
      if (left.length == 0 || right.length == 0 || left.length + right.length != best.length) continue;
      left.length = best.length;
      left.id = best.id;
      right.length = 0;
      left.behind = right.behind;
      if (left.behind >= 0) at(left.behind).before = best.left;
      consider(left.before, best.left);
      consider(best.left, left.behind);
    }
  }

  template <typename Visit>
  void each(const Visit& visit) const {
    for (int i = symbols_.empty() ? -1 : 0; i >= 0; i = symbols_[static_cast<size_t>(i)].behind) visit(symbols_[static_cast<size_t>(i)]);
  }

 private:
  struct Candidate {
    double order;
    int left;
    int right;
    size_t length;
    int id;
    bool operator<(const Candidate& other) const { return order > other.order || (order == other.order && left > other.left); }
  };

  static void check(const std::atomic<bool>& stop, int step) {
    if (step % 4096 == 0) throw_if_stopped(stop);
  }

  Symbol& at(int index) { return symbols_[static_cast<size_t>(index)]; }

  std::vector<Symbol> symbols_;
};

}  // namespace ryot
