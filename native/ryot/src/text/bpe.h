#pragma once

#include <array>
#include <unordered_map>

#include "text/merging.h"
#include "text/pretokenizer.h"
#include "text/tokenizer.h"

namespace ryot {

/** Byte-level BPE (Sennrich et al. 2016, arXiv 1508.07909, over bytes as in GPT-2): within words, neighbours are merged in the order of the file's list. */
class Bpe : public Tokenizer {
 public:
  Bpe(const Gguf& file, const std::atomic<bool>& stop);

 protected:
  void append(std::string_view text, bool leading, std::vector<int>& tokens, const std::atomic<bool>& stop) const override;

 private:
  /** Two parts that become one. Parts are tokens, and behind them those that stand in the list of merges alone. */
  struct Rule {
    int left = kFree;
    int right = 0;
    int rank = 0;
    int merged = 0;
  };
  static constexpr int kFree = -1;

  void read_merges(const Gguf& file, const std::atomic<bool>& stop);
  int part_of(std::string_view text);
  size_t slot_of(int left, int right) const;
  Merge merge_of(int left, int right) const;
  void append_word(std::string_view word, SymbolChain& chain, std::vector<int>& tokens, const std::atomic<bool>& stop) const;

  Pretokenizer pretokenizer_;
  /** A hash table with open addressing, a power of two and at most half full. The seed is another one in each: no file can be made to collide. */
  std::vector<Rule> rules_;
  const uint64_t seed_;
  std::unordered_map<std::string, int> other_parts_;
  std::array<int, 256> bytes_;
};

}  // namespace ryot
