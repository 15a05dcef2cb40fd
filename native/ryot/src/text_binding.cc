#include "text_binding.h"

#include <algorithm>
#include <utility>

#include "error.h"
#include "utf8.h"

namespace ryot {
namespace {

bool is_set(const Napi::CallbackInfo& info, const char* name) {
  return info[1].IsObject() && info[1].As<Napi::Object>().Get(name).ToBoolean().Value();
}

std::string bytes_of(const Napi::Value& text) {
  if (text.IsString()) return text.As<Napi::String>().Utf8Value();
  const auto bytes = text.As<Napi::Uint8Array>();
  return {reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength()};
}

Napi::Int32Array array_of(Napi::Env env, const std::vector<int>& tokens) {
  auto array = Napi::Int32Array::New(env, tokens.size());
  std::copy(tokens.begin(), tokens.end(), array.Data());
  return array;
}

}  // namespace

void TextModel::open(const Gguf& file) {
  tokenizer_.reset();
  chat_template_ = file.text("tokenizer.chat_template", "");
  if (Vocabulary::in(file)) tokenizer_ = open_tokenizer(file);
}

void TextModel::open(const std::string& path) {
  tokenizer_.reset();
  own_file_ = std::make_unique<Gguf>(path);
  open(*own_file_);
}

const Tokenizer& TextModel::tokenizer() const {
  if (tokenizer_ == nullptr) throw Error("MODEL_INVALID", "the model has no vocabulary");
  return *tokenizer_;
}

Napi::Object TextModel::facts(Napi::Env env) const {
  auto facts = Napi::Object::New(env);
  if (tokenizer_ == nullptr) return facts;
  const Vocabulary& vocabulary = tokenizer_->vocabulary();
  const auto token = [&](const char* name, int value) {
    if (value != Vocabulary::kNone) facts.Set(name, value);
  };
  const auto text = [&](const char* name, int value) {
    if (value != Vocabulary::kNone) facts.Set(name, std::string(vocabulary.text(value)));
  };
  facts.Set("vocabularyKind", vocabulary.model() == VocabularyModel::Bpe ? "bpe" : "sentencepiece");
  facts.Set("vocabularyTokens", vocabulary.size());
  token("vocabularyBos", vocabulary.begin());
  token("vocabularyEos", vocabulary.end());
  token("vocabularyEot", vocabulary.turn_end());
  text("vocabularyBosText", vocabulary.begin());
  text("vocabularyEosText", vocabulary.end());
  facts.Set("vocabularyEnds", array_of(env, vocabulary.ends()));
  facts.Set("vocabularyAddsBos", vocabulary.adds_begin());
  if (!chat_template_.empty()) facts.Set("vocabularyChatTemplate", chat_template_);
  return facts;
}

std::function<Driver::Make()> tokenize_work(const Napi::CallbackInfo& info, FindText find, const std::atomic<bool>& stop) {
  const Tokenizer::Options options{is_set(info, "special"), is_set(info, "bos")};
  return [find = std::move(find), &stop, text = bytes_of(info[0]), options]() -> Driver::Make {
    auto tokens = std::make_shared<std::vector<int>>(find().tokenizer().tokenize(text, options, stop));
    return [tokens](Napi::Env env) -> Napi::Value { return array_of(env, *tokens); };
  };
}

std::function<Driver::Make()> detokenize_work(const Napi::CallbackInfo& info, FindText find) {
  const auto array = info[0].As<Napi::Int32Array>();
  std::vector<int> tokens(array.Data(), array.Data() + array.ElementLength());
  return [find = std::move(find), tokens = std::move(tokens), shown = is_set(info, "special")]() -> Driver::Make {
    auto text = std::make_shared<std::string>(valid_utf8(find().tokenizer().detokenize(tokens, shown)));
    return [text](Napi::Env env) -> Napi::Value { return Napi::String::New(env, *text); };
  };
}

}  // namespace ryot
