#include "text/pretokenizer.h"

#include <algorithm>
#include <string>

#include "common/error.h"

namespace ryot {
namespace {

using Class = CharacterClass;

/** What a rule looks at: nothing is before `begin` or behind `end`. */
struct View {
  const Characters& text;
  size_t end;

  bool is(size_t at, Class kind) const { return at < end && text.classes[at] == kind; }
  uint32_t value(size_t at) const { return at < end ? text.values[at] : 0xffffffff; }
  /** Lower case for ASCII, which is all that contractions are made of. */
  uint32_t folded(size_t at) const {
    const uint32_t character = value(at);
    return character >= 'A' && character <= 'Z' ? character + 32 : character;
  }
  bool line_end(size_t at) const { return value(at) == '\r' || value(at) == '\n'; }
  size_t past(size_t at, Class kind) const {
    while (is(at, kind)) at++;
    return at;
  }
};

/** Behind `'s`, `'t`, `'m`, `'d`, `'re`, `'ve` or `'ll`; `at` where none of them is. */
template <bool kAnyCase>
size_t past_contraction(const View& view, size_t at) {
  if (view.value(at) != '\'') return at;
  const auto letter = [&](size_t i) { return kAnyCase ? view.folded(at + i) : view.value(at + i); };
  const uint32_t first = letter(1);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return at + 2;
  const uint32_t second = letter(2);
  const bool two = ((first == 'r' || first == 'v') && second == 'e') || (first == 'l' && second == 'l');
  return two ? at + 3 : at;
}

/** `\s+(?!\S)|\s+`: all white space, but for the last of several before something else. */
size_t past_space(const View& view, size_t at) {
  const size_t behind = view.past(at, Class::Space);
  return behind > at + 1 && behind < view.end ? behind - 1 : behind;
}

/** `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` (GPT-2). */
void gpt2(const Characters& text, size_t begin, size_t end, std::vector<size_t>& ends) {
  const View view{text, end};
  const auto symbol = [&](size_t i) { return i < end && !view.is(i, Class::Space) && !view.is(i, Class::Letter) && !view.is(i, Class::Number); };
  for (size_t at = begin; at < end; ends.push_back(at)) {
    const size_t contraction = past_contraction<false>(view, at);
    const size_t word = at + (view.value(at) == ' ' ? 1 : 0);
    if (contraction > at) {
      at = contraction;
    } else if (view.is(word, Class::Letter)) {
      at = view.past(word, Class::Letter);
    } else if (view.is(word, Class::Number)) {
      at = view.past(word, Class::Number);
    } else if (symbol(word)) {
      at = word;
      while (symbol(at)) at++;
    } else {
      at = past_space(view, at);
    }
  }
}

/**
 * `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,D}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`, where D is `kDigits`
 * (Llama 3: 3, Qwen 2: 1); with `kMarks`, marks go with the letters (Qwen 3.5).
 */
template <int kDigits, bool kMarks>
void words(const Characters& text, size_t begin, size_t end, std::vector<size_t>& ends) {
  const View view{text, end};
  const auto letter = [&](size_t i) { return view.is(i, Class::Letter) || (kMarks && view.is(i, Class::Mark)); };
  const auto symbol = [&](size_t i) { return i < end && !view.is(i, Class::Space) && !letter(i) && !view.is(i, Class::Number); };
  for (size_t at = begin; at < end; ends.push_back(at)) {
    const size_t contraction = past_contraction<true>(view, at);
    // What may stand before a word is anything but a letter, a number and the end of a line.
    const size_t word = view.is(at, Class::Letter) || !letter(at + 1) ? at : at + 1;
    const size_t symbols = at + (view.value(at) == ' ' ? 1 : 0);
    if (contraction > at) {
      at = contraction;
    } else if (!view.line_end(at) && !view.is(at, Class::Number) && letter(word)) {
      at = word;
      while (letter(at)) at++;
    } else if (view.is(at, Class::Number)) {
      const size_t limit = std::min(end, at + kDigits);
      while (at < limit && view.is(at, Class::Number)) at++;
    } else if (symbol(symbols)) {
      at = symbols;
      while (symbol(at)) at++;
      while (view.line_end(at)) at++;
    } else {
      const size_t behind = view.past(at, Class::Space);
      size_t line = behind;
      while (line > at && !view.line_end(line - 1)) line--;
      at = line > at ? line : past_space(view, at);
    }
  }
}

/** Runs of what `is_in` holds of, and what is between them. */
template <typename In>
void runs(const Characters& text, size_t begin, size_t end, std::vector<size_t>& ends, In is_in) {
  for (size_t at = begin; at < end; ends.push_back(at)) {
    const bool in = is_in(text, at);
    while (at < end && is_in(text, at) == in) at++;
  }
}

/** `[\p{P}$+<=>^~|]+`, and Falcon's with a grave accent. */
template <bool kGrave>
void punctuation(const Characters& text, size_t begin, size_t end, std::vector<size_t>& ends) {
  runs(text, begin, end, ends, [](const Characters& characters, size_t at) {
    const uint32_t c = characters.values[at];
    return characters.classes[at] == Class::Punctuation || c == '$' || c == '+' || (c >= '<' && c <= '>') || c == '^' || c == '~' || c == '|' ||
           (kGrave && c == '`');
  });
}

/** `\p{N}+`. */
void numbers(const Characters& text, size_t begin, size_t end, std::vector<size_t>& ends) {
  runs(text, begin, end, ends, [](const Characters& characters, size_t at) { return characters.classes[at] == Class::Number; });
}

/** `\p{N}`: each by itself. */
void each_number(const Characters& text, size_t begin, size_t end, std::vector<size_t>& ends) {
  const View view{text, end};
  for (size_t at = begin; at < end; ends.push_back(at)) {
    at++;
    if (!view.is(at - 1, Class::Number)) {
      while (at < end && !view.is(at, Class::Number)) at++;
    }
  }
}

/** `[0-9][0-9][0-9]`. */
void digit_triples(const Characters& text, size_t begin, size_t end, std::vector<size_t>& ends) {
  const auto triple = [&](size_t at) {
    if (at + 3 > end) return false;
    return std::all_of(text.values.begin() + static_cast<std::ptrdiff_t>(at), text.values.begin() + static_cast<std::ptrdiff_t>(at) + 3,
                       [](uint32_t c) { return c >= '0' && c <= '9'; });
  };
  for (size_t at = begin; at < end; ends.push_back(at)) {
    if (triple(at)) {
      at += 3;
    } else {
      while (at < end && !triple(at)) at++;
    }
  }
}

struct Named {
  std::vector<std::string_view> names;
  Pretokenizer pretokenizer;
};

const std::vector<Named>& pretokenizers() {
  static const std::vector<Named> kAll = {
      {{"gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion", "granite-docling", "exaone4", "modern-bert", "mellum", "gigachat"}, {{gpt2}}},
      {{"llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "lfm2"}, {{words<3, false>}, true, true}},
      {{"dbrx", "smaug-bpe", "glm4", "chatglm-bpe"}, {{words<3, false>}}},
      {{"qwen2", "deepseek-r1-qwen", "stablelm2", "hunyuan", "megrez", "solar-open", "grok-2"}, {{words<1, false>}}},
      {{"qwen35"}, {{words<1, true>}}},
      {{"smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b"}, {{each_number, gpt2}}},
      {{"falcon"}, {{punctuation<true>, gpt2, digit_triples}}},
      {{"", "default"}, {{punctuation<false>, gpt2, numbers, digit_triples}}},
  };
  return kAll;
}

}  // namespace

std::vector<size_t> Pretokenizer::split(const Characters& text) const {
  std::vector<size_t> ends{text.values.size()};
  std::vector<size_t> finer;
  for (const SplitRule rule : rules) {
    finer.clear();
    size_t begin = 0;
    for (const size_t end : ends) {
      rule(text, begin, end, finer);
      begin = end;
    }
    ends.swap(finer);
  }
  return ends;
}

Pretokenizer pretokenizer_of(const Gguf& file) {
  std::string name = file.text("tokenizer.ggml.pre", "");
  const std::string architecture = file.text("general.architecture", "");
  if (name.empty() && (architecture == "bitnet-b1.58" || architecture == "bitnet-25")) name = "llama-bpe";
  for (const Named& named : pretokenizers()) {
    if (std::find(named.names.begin(), named.names.end(), name) != named.names.end()) return named.pretokenizer;
  }
  throw Error("MODEL_INVALID", "pre-tokenizer '" + name + "' is not known; the llama-cpp backend may run this model");
}

}  // namespace ryot
