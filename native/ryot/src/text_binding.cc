#include "text_binding.h"

#include <algorithm>
#include <utility>

#include "error.h"
#include "options.h"
#include "utf8.h"

namespace ryot {
namespace {

bool is_set(const Napi::CallbackInfo& info, const char* name) {
  return info[1].IsObject() && info[1].As<Napi::Object>().Get(name).ToBoolean().Value();
}

std::string bytes_of(const Napi::Value& text) {
  if (text.IsString()) return text.As<Napi::String>().Utf8Value();
  if (!text.IsTypedArray()) return {};
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

void TextModel::close() {
  tokenizer_.reset();
  own_file_.reset();
}

TextModel::AddFacts TextModel::facts() const {
  if (tokenizer_ == nullptr) return [](Napi::Object) {};
  const Vocabulary& vocabulary = tokenizer_->vocabulary();
  const auto text = [&](int token) { return token == Vocabulary::kNone ? std::string() : std::string(vocabulary.text(token)); };
  return [kind = vocabulary.model() == VocabularyModel::Bpe ? "bpe" : "sentencepiece", tokens = vocabulary.size(),
          special = std::vector<std::pair<const char*, int>>{{"vocabularyBos", vocabulary.begin()},
                                                             {"vocabularyEos", vocabulary.end()},
                                                             {"vocabularyEot", vocabulary.turn_end()}},
          texts = std::vector<std::pair<const char*, std::string>>{{"vocabularyBosText", text(vocabulary.begin())},
                                                                   {"vocabularyEosText", text(vocabulary.end())},
                                                                   {"vocabularyChatTemplate", chat_template_}},
          ends = vocabulary.ends(), adds_begin = vocabulary.adds_begin()](Napi::Object facts) {
    facts.Set("vocabularyKind", kind);
    facts.Set("vocabularyTokens", tokens);
    for (const auto& [name, token] : special) {
      if (token != Vocabulary::kNone) facts.Set(name, token);
    }
    for (const auto& [name, value] : texts) {
      if (!value.empty()) facts.Set(name, value);
    }
    facts.Set("vocabularyEnds", array_of(facts.Env(), ends));
    facts.Set("vocabularyAddsBos", adds_begin);
  };
}

Driver::Work tokenize_work(const Napi::CallbackInfo& info, FindText find) {
  const Tokenizer::Options options{is_set(info, "special"), is_set(info, "bos")};
  return [find = std::move(find), text = bytes_of(info[0]), options](const std::atomic<bool>& stop) -> Driver::Make {
    auto tokens = std::make_shared<std::vector<int>>(find().tokenizer().tokenize(text, options, stop));
    return [tokens](Napi::Env env) -> Napi::Value { return array_of(env, *tokens); };
  };
}

Driver::Work detokenize_work(const Napi::CallbackInfo& info, FindText find) {
  return [find = std::move(find), tokens = tokens_of(info[0]), shown = is_set(info, "special")](const std::atomic<bool>&) -> Driver::Make {
    auto text = std::make_shared<std::string>(valid_utf8(find().tokenizer().detokenize(tokens, shown)));
    return [text](Napi::Env env) -> Napi::Value { return Napi::String::New(env, *text); };
  };
}

}  // namespace ryot
