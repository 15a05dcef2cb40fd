#pragma once

#include <napi.h>

#include <memory>

#include "binding/driver.h"
#include "binding/text_binding.h"
#include "common/guarded.h"
#include "model/decoder.h"
#include "model/model.h"

namespace ryot {

/** A model with one running text, as JavaScript sees it: every call is a task on a thread of its own, and gives a promise. */
class Engine : public Napi::ObjectWrap<Engine> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit Engine(const Napi::CallbackInfo& info);
  /** An engine that nobody closed is closed by the garbage collector. */
  ~Engine() override;

 private:
  struct State {
    std::unique_ptr<Model> model;
    std::unique_ptr<Decoder> decoder;
    TextModel text;
    /** Last, so that they end first: a late thread still reads what a model holds. */
    std::unique_ptr<Threads> threads;

    void release();
  };

  /**
   * `load({id, path, threads, contextTokens, head, kernel, activations, cache})`: the promise of what the model is like; `{path, vocabularyOnly}`:
   * of what its vocabulary is like.
   */
  Napi::Value load(const Napi::CallbackInfo& info);
  /** `read(tokens, id?)`: the promise of the logits behind the last token. */
  Napi::Value read(const Napi::CallbackInfo& info);
  /** `embed(tokens, id?)`: the promise of the mean of the last hidden states. */
  Napi::Value embed(const Napi::CallbackInfo& info);
  /** `generate({id, tokens, anew, maxTokens, stopTokens, …sampling}, onToken)`: the promise of how the text ended and what it took. */
  Napi::Value generate(const Napi::CallbackInfo& info);
  /** `tokenize(text, {id, special, bos})`: the promise of an Int32Array. */
  Napi::Value tokenize(const Napi::CallbackInfo& info);
  /** `detokenize(tokens, {id, special})`: the promise of a text. */
  Napi::Value detokenize(const Napi::CallbackInfo& info);
  /** `rewind(position)`: forgets what was read from there on. */
  Napi::Value rewind(const Napi::CallbackInfo& info);
  /** `abort(id?)`: the tasks of this id, or all, end with CANCELLED: at once where they wait, within a layer where one runs. */
  Napi::Value abort(const Napi::CallbackInfo& info);
  /** `close()`: the promise that all memory is given back. */
  Napi::Value close(const Napi::CallbackInfo& info);

  /** A method that copies what JavaScript hands over: there may be no memory for that. */
  template <Napi::Value (Engine::*Method)(const Napi::CallbackInfo&)>
  Napi::Value safely(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return (this->*Method)(info); });
  }

  static Decoder& loaded(State& state);
  Napi::Value promise(const Napi::CallbackInfo& info, double id, Driver::Work work);

  std::shared_ptr<State> state_ = std::make_shared<State>();
  std::shared_ptr<Driver> driver_;
  bool closed_ = false;
};

}  // namespace ryot
