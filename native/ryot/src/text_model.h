#pragma once

#include <memory>
#include <string>

#include "gguf.h"
#include "token_trie.h"
#include "tokenizer.h"

namespace ryot {

/** What an engine knows of text: nothing where its file has no vocabulary. */
class TextModel {
 public:
  /** Of a file that is open and lives longer. */
  void open(const Gguf& file);
  /** Of a file that is needed for its vocabulary alone. */
  void open(const std::string& path);
  void close();

  /** Null where there is none. */
  const Tokenizer* tokenizer() const { return tokenizer_.get(); }
  /** Throws `Error` MODEL_INVALID where there is no vocabulary. */
  const Tokenizer& required_tokenizer() const;
  /** Made when first asked for. From the driver's thread. */
  const TokenTries& tries();
  const std::string& chat_template() const { return chat_template_; }

 private:
  std::unique_ptr<Gguf> own_file_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::unique_ptr<TokenTries> tries_;
  std::string chat_template_;
};

}  // namespace ryot
