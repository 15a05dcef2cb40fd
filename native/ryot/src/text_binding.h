#pragma once

#include <napi.h>

#include <atomic>
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
  /** `vocabulary…`: the special tokens, whether texts begin with one, the chat template; an empty object where there is no vocabulary. */
  Napi::Object facts(Napi::Env env) const;

 private:
  std::unique_ptr<Gguf> own_file_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::string chat_template_;
};

/** Asked on the driver's thread; holds what the model is part of. */
using FindText = std::function<const TextModel&()>;

/** `tokenize(text, {special, bos})`, the text as a string or as bytes. `stop` lives as long as what `find` holds. */
std::function<Driver::Make()> tokenize_work(const Napi::CallbackInfo& info, FindText find, const std::atomic<bool>& stop);

/** `detokenize(tokens, {special})`. */
std::function<Driver::Make()> detokenize_work(const Napi::CallbackInfo& info, FindText find);

}  // namespace ryot
