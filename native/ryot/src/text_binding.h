#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <string>

#include "driver.h"
#include "tokenizer.h"

namespace ryot {

/** What an engine knows of text: nothing where its file has no vocabulary. */
class TextModel {
 public:
  /** Of a file that is open and lives longer. */
  void open(const Gguf& file);
  /** Of a file that is needed for its vocabulary alone. */
  void open(const std::string& path);

  /** Throws `Error` MODEL_INVALID where there is no vocabulary. */
  const Tokenizer& tokenizer() const;
  void close();

  using AddFacts = std::function<void(Napi::Object)>;
  /** Adds `vocabulary…` to an object: the special tokens, whether texts begin with one, the chat template; nothing where there is no vocabulary. */
  AddFacts facts() const;

 private:
  std::unique_ptr<Gguf> own_file_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::string chat_template_;
};

/** Asked on the driver's thread; holds what the model is part of. */
using FindText = std::function<const TextModel&()>;

/** `tokenize(text, {special, bos})`, the text as a string or as bytes. */
Driver::Work tokenize_work(const Napi::CallbackInfo& info, FindText find);

/** `detokenize(tokens, {special})`. */
Driver::Work detokenize_work(const Napi::CallbackInfo& info, FindText find);

}  // namespace ryot
