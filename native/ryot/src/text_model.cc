#include "text_model.h"

#include "error.h"

namespace ryot {

void TextModel::open(const Gguf& file) {
  tries_.reset();
  tokenizer_.reset();
  chat_template_ = file.text("tokenizer.chat_template", "");
  if (Vocabulary::in(file)) tokenizer_ = open_tokenizer(file);
}

void TextModel::open(const std::string& path) {
  close();
  own_file_ = std::make_unique<Gguf>(path);
  open(*own_file_);
}

void TextModel::close() {
  tries_.reset();
  tokenizer_.reset();
  own_file_.reset();
}

const Tokenizer& TextModel::required_tokenizer() const {
  if (tokenizer_ == nullptr) throw Error("MODEL_INVALID", "the model has no vocabulary");
  return *tokenizer_;
}

const TokenTries& TextModel::tries() {
  if (tries_ == nullptr) tries_ = std::make_unique<TokenTries>(required_tokenizer().vocabulary());
  return *tries_;
}

}  // namespace ryot
