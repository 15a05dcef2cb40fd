#pragma once

#include <napi.h>

#include <functional>

#include "binding/driver.h"
#include "generation/text_model.h"

namespace ryot {

/** Adds `vocabulary…` to an object: the special tokens, whether texts begin with one, the chat template; nothing where there is no vocabulary. */
using AddFacts = std::function<void(Napi::Object)>;
/** Copied, as the model may be closed when the facts are told. */
AddFacts vocabulary_facts(const TextModel& text);

/** Asked on the driver's thread; holds what the model is part of. */
using FindText = std::function<const TextModel&()>;

/** `tokenize(text, {special, bos})`, the text as a string, as bytes, or as a list of the model's own form and what somebody said, in turns. */
Driver::Work tokenize_work(const Napi::CallbackInfo& info, FindText find);

/** `detokenize(tokens, {special})`. */
Driver::Work detokenize_work(const Napi::CallbackInfo& info, FindText find);

}  // namespace ryot
