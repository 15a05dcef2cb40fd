#include <napi.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include "decoder.h"
#include "driver.h"
#include "error.h"
#include "measure.h"
#include "model.h"
#include "sampler.h"
#include "text_binding.h"

namespace ryot {
namespace {

double number_of(const Napi::Object& options, const char* name, double fallback) {
  const Napi::Value value = options.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : fallback;
}

std::string text_of(const Napi::Object& options, const char* name, const char* fallback) {
  const Napi::Value value = options.Get(name);
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : fallback;
}

std::vector<int> tokens_of(const Napi::Value& value) {
  const auto array = value.As<Napi::Int32Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

/** `auto`, or a kernel for everything. */
KernelChoice kernels_of(const std::string& name) {
  if (name == "auto") return fastest_kernels();
  const TernaryKernel& kernel = kernel_named(name);
  return {&kernel, &kernel};
}

/** A model with one running text, as JavaScript sees it. */
class Engine : public Napi::ObjectWrap<Engine> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Engine",
                       {InstanceMethod<&Engine::load>("load"), InstanceMethod<&Engine::read>("read"),
                        InstanceMethod<&Engine::generate>("generate"), InstanceMethod<&Engine::rewind>("rewind"),
                        InstanceMethod<&Engine::tokenize>("tokenize"), InstanceMethod<&Engine::detokenize>("detokenize"),
                        InstanceMethod<&Engine::abort>("abort"), InstanceMethod<&Engine::close>("close")});
  }

  explicit Engine(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Engine>(info), driver_(std::make_unique<Driver>(info.Env())) {}

  ~Engine() override { stop(); }

 private:
  struct State {
    std::unique_ptr<Model> model;
    std::unique_ptr<Decoder> decoder;
    TextModel text;
    /** Last, so that they end first: a late thread still reads what a model holds. */
    std::unique_ptr<Threads> threads;
    std::atomic<bool> stop{false};
  };

  /** `load({path, threads, contextTokens, head, kernel, activations, cache})`: the promise of what the model is like. */
  Napi::Value load(const Napi::CallbackInfo& info) {
    const auto options = info[0].As<Napi::Object>();
    const int threads = static_cast<int>(number_of(options, "threads", 1));
    const int context = static_cast<int>(number_of(options, "contextTokens", 0));
    const std::string kernel = text_of(options, "kernel", "auto");
    LoadOptions load;
    load.path = text_of(options, "path", "");
    if (options.Get("vocabularyOnly").ToBoolean()) {
      return promise(info, [state = state_, load]() -> Driver::Make {
        state->text.open(load.path);
        return [state](Napi::Env env) -> Napi::Value { return state->text.facts(env); };
      });
    }
    DecoderOptions decoder;
    decoder.scaling = text_of(options, "activations", "token") == "q8k" ? Scaling::Block : Scaling::Token;
    decoder.cache = text_of(options, "cache", "f16") == "int8" ? CacheType::Bytes : CacheType::Halves;
    load.head = decoder.scaling == Scaling::Block ? HeadKind::Lossless : HeadKind::Fast;
    if (text_of(options, "head", "fast") == "exact") load.head = HeadKind::Floats;
    return promise(info, [state = state_, threads, context, kernel, load, decoder]() mutable -> Driver::Make {
      decoder.kernels = kernels_of(kernel);
      state->threads = std::make_unique<Threads>(threads < 1 ? 1 : threads);
      state->model = load_model(load, *state->threads, state->stop);
      const Shape& shape = state->model->shape;
      const int room = context > 0 && context < shape.context ? context : shape.context;
      decoder.context = room;
      state->decoder = std::make_unique<Decoder>(*state->model, decoder, *state->threads);
      state->text.open(*state->model->file);
      return [state, room](Napi::Env env) -> Napi::Value {
        Napi::Object facts = state->text.facts(env);
        facts.Set("architecture", state->model->architecture);
        facts.Set("layers", state->model->shape.layers);
        facts.Set("embedding", state->model->shape.embedding);
        facts.Set("vocabulary", state->model->shape.vocabulary);
        facts.Set("contextTokens", room);
        facts.Set("weightBytes", static_cast<double>(state->model->weight_bytes()));
        facts.Set("fileBytes", static_cast<double>(state->model->file->file_bytes()));
        return facts;
      };
    });
  }

  /** `read(tokens)`: the promise of the logits behind the last token. */
  Napi::Value read(const Napi::CallbackInfo& info) {
    return promise(info, [state = state_, tokens = tokens_of(info[0])]() -> Driver::Make {
      Decoder& decoder = loaded(*state);
      const float* logits = decoder.read(tokens.data(), static_cast<int>(tokens.size()), state->stop);
      auto copy = std::make_shared<std::vector<float>>(logits, logits + state->model->shape.vocabulary);
      return [copy](Napi::Env env) -> Napi::Value {
        auto array = Napi::Float32Array::New(env, copy->size());
        std::copy(copy->begin(), copy->end(), array.Data());
        return array;
      };
    });
  }

  /** `generate({tokens, maxTokens, stopTokens, …sampling}, onToken)`: reads the tokens, then writes; the promise of how it ended. */
  Napi::Value generate(const Napi::CallbackInfo& info) {
    const auto options = info[0].As<Napi::Object>();
    Sampling sampling;
    sampling.temperature = static_cast<float>(number_of(options, "temperature", 0));
    sampling.top_k = static_cast<int>(number_of(options, "topK", 0));
    sampling.top_p = static_cast<float>(number_of(options, "topP", 1));
    sampling.min_p = static_cast<float>(number_of(options, "minP", 0));
    sampling.repetition_penalty = static_cast<float>(number_of(options, "repetitionPenalty", 1));
    sampling.seed = static_cast<uint64_t>(number_of(options, "seed", 0));
    const int most = static_cast<int>(number_of(options, "maxTokens", 256));
    const std::vector<int> ends = options.Has("stopTokens") ? tokens_of(options.Get("stopTokens")) : std::vector<int>();
    auto on_token = std::make_shared<Napi::FunctionReference>(Napi::Persistent(info[1].As<Napi::Function>()));
    return promise(info, [this, state = state_, tokens = tokens_of(options.Get("tokens")), sampling, most, ends, on_token]() -> Driver::Make {
      Decoder& decoder = loaded(*state);
      Sampler sampler(sampling);
      for (const int token : tokens) sampler.seen(token);
      std::vector<float> logits(static_cast<size_t>(state->model->shape.vocabulary));
      const auto keep = [&](const float* from) { std::copy(from, from + logits.size(), logits.begin()); };
      keep(decoder.read(tokens.data(), static_cast<int>(tokens.size()), state->stop));
      const char* reason = "length";
      for (int written = 0; written < most; written++) {
        const int token = sampler.next(logits.data(), static_cast<int>(logits.size()));
        if (std::find(ends.begin(), ends.end(), token) != ends.end()) {
          reason = "stop";
          break;
        }
        sampler.seen(token);
        driver_->tell([on_token, token](Napi::Env env) { on_token->Call({Napi::Number::New(env, token)}); });
        if (written + 1 < most) keep(decoder.read(&token, 1, state->stop));
      }
      return [on_token, reason](Napi::Env env) -> Napi::Value { return Napi::String::New(env, reason); };
    });
  }

  Napi::Value rewind(const Napi::CallbackInfo& info) {
    const int position = info[0].As<Napi::Number>().Int32Value();
    return promise(info, [state = state_, position]() -> Driver::Make {
      loaded(*state).rewind(position);
      return [](Napi::Env env) { return env.Undefined(); };
    });
  }

  /** `tokenize(text, {special, bos})`: the promise of an Int32Array. */
  Napi::Value tokenize(const Napi::CallbackInfo& info) {
    return promise(info, tokenize_work(info, [state = state_]() -> const TextModel& { return state->text; }, state_->stop));
  }

  /** `detokenize(tokens, {special})`: the promise of a text. */
  Napi::Value detokenize(const Napi::CallbackInfo& info) {
    return promise(info, detokenize_work(info, [state = state_]() -> const TextModel& { return state->text; }));
  }

  /** What runs now ends within a layer, with CANCELLED; what is asked for later runs. */
  void abort(const Napi::CallbackInfo&) { state_->stop = true; }

  void close(const Napi::CallbackInfo&) { stop(); }

  void stop() {
    state_->stop = true;
    driver_.reset();
    // A model takes gigabytes, and the garbage collector sees only this object.
    state_ = std::make_shared<State>();
  }

  static Decoder& loaded(State& state) {
    if (state.decoder == nullptr) throw Error("INTERNAL", "the model is not loaded");
    return *state.decoder;
  }

  Napi::Value promise(const Napi::CallbackInfo& info, std::function<Driver::Make()> work) {
    if (driver_ == nullptr) throw Napi::Error::New(info.Env(), "the model is closed");
    return driver_->promise(info.Env(), [state = state_, work = std::move(work)] {
      state->stop = false;
      return work();
    });
  }

  std::shared_ptr<State> state_ = std::make_shared<State>();
  std::unique_ptr<Driver> driver_;
};

KernelTest kernel_test_of(const Napi::CallbackInfo& info) {
  const auto options = info[0].As<Napi::Object>();
  KernelTest test;
  test.kernel = text_of(options, "kernel", "");
  test.rows = static_cast<int>(number_of(options, "rows", 0));
  test.columns = static_cast<int>(number_of(options, "columns", 0));
  test.tokens = static_cast<int>(number_of(options, "tokens", 0));
  test.threads = static_cast<int>(number_of(options, "threads", 1));
  test.matrices = static_cast<int>(number_of(options, "matrices", 1));
  test.seed = static_cast<int>(number_of(options, "seed", 1));
  test.scaling = text_of(options, "activations", "token") == "q8k" ? Scaling::Block : Scaling::Token;
  test.block_scales = text_of(options, "scales", "row") == "block";
  return test;
}

Napi::Value value_of(Napi::Env env, const Measured& measured) {
  auto value = Napi::Object::New(env);
  value.Set("seconds", measured.seconds);
  value.Set("bytes", measured.bytes);
  value.Set("multiplications", measured.multiplications);
  return value;
}

/** Calls what may throw an `Error`, and throws it on as one of JavaScript's. */
template <typename Call>
Napi::Value guarded(Napi::Env env, Call call) {
  try {
    return call();
  } catch (const Error& error) {
    const Napi::Error thrown = Napi::Error::New(env, error.what());
    thrown.Set("code", Napi::String::New(env, error.code()));
    throw thrown;
  }
}

// These are for benchmarks and tests, where nothing else waits for the event loop.

Napi::Value kernel_names(const Napi::CallbackInfo& info) {
  auto names = Napi::Array::New(info.Env());
  for (const TernaryKernel* kernel : ternary_kernels()) names.Set(names.Length(), kernel->name);
  return names;
}

Napi::Value measure_kernel_call(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return value_of(info.Env(), measure_kernel(kernel_test_of(info))); });
}

Napi::Value count_differences_call(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return Napi::Number::New(info.Env(), count_differences(kernel_test_of(info))); });
}

Napi::Value measure_reading_call(const Napi::CallbackInfo& info) {
  return value_of(info.Env(), measure_reading(info[0].As<Napi::Number>().DoubleValue(), info[1].As<Napi::Number>().Int32Value()));
}

Napi::Value measure_multiplying_call(const Napi::CallbackInfo& info) {
  return value_of(info.Env(), measure_multiplying(info[0].As<Napi::Number>().Int32Value()));
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("Engine", Engine::define(env));
  exports.Set("kernelNames", Napi::Function::New(env, kernel_names));
  exports.Set("measureKernel", Napi::Function::New(env, measure_kernel_call));
  exports.Set("countDifferences", Napi::Function::New(env, count_differences_call));
  exports.Set("measureMultiplying", Napi::Function::New(env, measure_multiplying_call));
  exports.Set("measureReading", Napi::Function::New(env, measure_reading_call));
  return exports;
}

}  // namespace

NODE_API_MODULE(ryot, init)

}  // namespace ryot
