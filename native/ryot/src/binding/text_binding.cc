#include "binding/text_binding.h"

#include <algorithm>
#include <utility>

#include "binding/options.h"
#include "text/utf8.h"

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

AddFacts vocabulary_facts(const TextModel& model) {
  if (model.tokenizer() == nullptr) return [](Napi::Object) {};
  const Vocabulary& vocabulary = model.tokenizer()->vocabulary();
  const auto text = [&](int token) { return token == Vocabulary::kNone ? std::string() : std::string(vocabulary.text(token)); };
  return [kind = vocabulary.model() == VocabularyModel::Bpe ? "bpe" : "sentencepiece", tokens = vocabulary.size(),
          special = std::vector<std::pair<const char*, int>>{{"vocabularyBos", vocabulary.begin()},
                                                             {"vocabularyEos", vocabulary.end()},
                                                             {"vocabularyEot", vocabulary.turn_end()}},
          texts = std::vector<std::pair<const char*, std::string>>{{"vocabularyBosText", text(vocabulary.begin())},
                                                                   {"vocabularyEosText", text(vocabulary.end())},
                                                                   {"vocabularyChatTemplate", model.chat_template()}},
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
  Tokenizer::Options options;
  options.edges = is_set(info, "bos");
  std::string text;
  if (info[0].IsArray()) {
    bool is_said = false;
    for (const std::string& piece : texts_of(info[0])) {
      if (is_said) options.said.push_back({text.size(), text.size() + piece.size()});
      text += piece;
      is_said = !is_said;
    }
  } else {
    text = bytes_of(info[0]);
    if (!is_set(info, "special")) options.said.push_back({0, text.size()});
  }
  return [find = std::move(find), text = std::move(text), options = std::move(options)](const std::atomic<bool>& stop) -> Driver::Make {
    auto tokens = std::make_shared<std::vector<int>>(find().required_tokenizer().tokenize(text, options, stop));
    return [tokens](Napi::Env env) -> Napi::Value { return array_of(env, *tokens); };
  };
}

Driver::Work detokenize_work(const Napi::CallbackInfo& info, FindText find) {
  return [find = std::move(find), tokens = tokens_of(info[0]), shown = is_set(info, "special")](const std::atomic<bool>&) -> Driver::Make {
    auto text = std::make_shared<std::string>(valid_utf8(find().required_tokenizer().detokenize(tokens, shown)));
    return [text](Napi::Env env) -> Napi::Value { return Napi::String::New(env, *text); };
  };
}

}  // namespace ryot
