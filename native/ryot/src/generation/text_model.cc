#include "generation/text_model.h"

#include "common/error.h"

namespace ryot {

void TextModel::open(const Gguf& file, const std::atomic<bool>& stop) {
  matcher_.reset();
  tries_.reset();
  tokenizer_.reset();
  chat_template_ = file.text("tokenizer.chat_template", "");
  if (Vocabulary::in(file)) tokenizer_ = open_tokenizer(file, stop);
}

void TextModel::open(const std::string& path, const std::atomic<bool>& stop) {
  close();
  own_file_ = std::make_unique<Gguf>(path);
  open(*own_file_, stop);
}

void TextModel::close() {
  matcher_.reset();
  tries_.reset();
  tokenizer_.reset();
  own_file_.reset();
}

const Tokenizer& TextModel::required_tokenizer() const {
  if (tokenizer_ == nullptr) throw Error("MODEL_INVALID", "the model has no vocabulary");
  return *tokenizer_;
}

GrammarMatcher& TextModel::matcher(const std::vector<int>& grammar) {
  if (tries_ == nullptr) tries_ = std::make_unique<TokenTries>(required_tokenizer().vocabulary());
  if (matcher_ != nullptr && grammar_ == grammar) {
    matcher_->begin();
  } else {
    matcher_.reset();
    matcher_ = std::make_unique<GrammarMatcher>(Grammar(grammar), *tries_);
    grammar_ = grammar;
  }
  return *matcher_;
}

}  // namespace ryot
