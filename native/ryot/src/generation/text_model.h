#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "formats/gguf.h"
#include "grammar/grammar_matcher.h"
#include "grammar/token_trie.h"
#include "text/tokenizer.h"

namespace ryot {

/** What an engine knows of text: nothing where its file has no vocabulary. */
class TextModel {
 public:
  /** Of a file that is open and lives longer. Throws `Error` MODEL_INVALID, and CANCELLED once `stop` is set. */
  void open(const Gguf& file, const std::atomic<bool>& stop);
  /** Of a file that is needed for its vocabulary alone. */
  void open(const std::string& path, const std::atomic<bool>& stop);
  void close();

  /** Null where there is none. */
  const Tokenizer* tokenizer() const { return tokenizer_.get(); }
  /** Throws `Error` MODEL_INVALID where there is no vocabulary. */
  const Tokenizer& required_tokenizer() const;
  /**
   * A grammar (see `Grammar`) at the beginning of a text. The last one is kept with all the masks it made, as many texts are written under the same.
   * From the driver's thread. Throws `Error` USAGE for what is no grammar, MODEL_INVALID without a vocabulary.
   */
  GrammarMatcher& matcher(const std::vector<int>& grammar);
  const std::string& chat_template() const { return chat_template_; }

 private:
  std::unique_ptr<Gguf> own_file_;
  std::unique_ptr<Tokenizer> tokenizer_;
  /** Made when a grammar is first asked for. */
  std::unique_ptr<TokenTries> tries_;
  std::vector<int> grammar_;
  std::unique_ptr<GrammarMatcher> matcher_;
  std::string chat_template_;
};

}  // namespace ryot
