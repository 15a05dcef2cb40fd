#include "binding/engine.h"

#include <algorithm>
#include <vector>

#include "binding/options.h"
#include "common/error.h"
#include "common/guarded.h"
#include "generation/generation.h"

namespace ryot {
namespace {

/** `auto`, or a kernel for everything. */
KernelChoice kernels_of(const std::string& name) {
  if (name == "auto") return fastest_kernels();
  const TernaryKernel& kernel = kernel_named(name);
  return {&kernel, &kernel};
}

double id_of(const Napi::Value& value) { return value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : 0; }

/** Of a call whose options come second. */
double id_of_call(const Napi::CallbackInfo& info) { return info[1].IsObject() ? number_of(info[1].As<Napi::Object>(), "id", 0) : 0; }

Driver::Make array_of(const float* values, int count) {
  auto copy = std::make_shared<std::vector<float>>(values, values + count);
  return [copy](Napi::Env env) -> Napi::Value {
    auto array = Napi::Float32Array::New(env, copy->size());
    std::copy(copy->begin(), copy->end(), array.Data());
    return array;
  };
}

/** They are copied on the driver's thread: when they are told, the model may have been closed. */
Driver::Make facts_of(const Model& model, const Decoder& decoder, const DecoderOptions& options, int threads, AddFacts add_text) {
  return [architecture = model.architecture, shape = model.shape, options, threads, weight_bytes = model.weight_bytes(),
          cache_bytes = decoder.cache_bytes(), file_bytes = model.file->file_bytes(), add_text = std::move(add_text)](Napi::Env env) -> Napi::Value {
    auto facts = Napi::Object::New(env);
    add_text(facts);
    facts.Set("architecture", architecture);
    facts.Set("layers", shape.layers);
    facts.Set("embedding", shape.embedding);
    facts.Set("vocabulary", shape.vocabulary);
    facts.Set("contextTokens", options.context);
    facts.Set("trainedContextTokens", shape.context);
    facts.Set("threads", threads);
    facts.Set("decodeKernel", options.kernels.one->name);
    facts.Set("prefillKernel", options.kernels.many->name);
    facts.Set("weightBytes", static_cast<double>(weight_bytes));
    facts.Set("cacheBytes", static_cast<double>(cache_bytes));
    facts.Set("fileBytes", static_cast<double>(file_bytes));
    return facts;
  };
}

}  // namespace

void Engine::State::release() {
  threads.reset();
  decoder.reset();
  text.close();
  model.reset();
}

Napi::Function Engine::define(Napi::Env env) {
  return DefineClass(env, "Engine",
                     {InstanceMethod<&Engine::safely<&Engine::load>>("load"), InstanceMethod<&Engine::safely<&Engine::read>>("read"), InstanceMethod<&Engine::safely<&Engine::embed>>("embed"),
                      InstanceMethod<&Engine::safely<&Engine::generate>>("generate"), InstanceMethod<&Engine::safely<&Engine::tokenize>>("tokenize"),
                      InstanceMethod<&Engine::safely<&Engine::detokenize>>("detokenize"), InstanceMethod<&Engine::safely<&Engine::rewind>>("rewind"),
                      InstanceMethod<&Engine::safely<&Engine::abort>>("abort"), InstanceMethod<&Engine::safely<&Engine::close>>("close")});
}

Engine::Engine(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Engine>(info) {
  guarded(info.Env(), [&] {
    driver_ = Driver::open(info.Env(), [state = state_] { state->release(); });
    return info.Env().Undefined();
  });
}

Engine::~Engine() {
  if (driver_ != nullptr) driver_->close();
}

Napi::Value Engine::load(const Napi::CallbackInfo& info) {
  const auto options = info[0].As<Napi::Object>();
  const int threads = std::max(1, int_of(options, "threads", 1));
  const int context = int_of(options, "contextTokens", 0);
  const std::string kernel = text_of(options, "kernel", "auto");
  LoadOptions load;
  load.path = text_of(options, "path", "");
  DecoderOptions decoder;
  decoder.scaling = text_of(options, "activations", "token") == "q8k" ? Scaling::Block : Scaling::Token;
  decoder.cache = text_of(options, "cache", "f16") == "int8" ? CacheType::Bytes : CacheType::Halves;
  if (decoder.scaling == Scaling::Block) {
    load.head = HeadKind::Lossless;
    load.floats = Floats::Lossless;
  }
  if (text_of(options, "head", "fast") == "exact") load.head = HeadKind::Floats;
  if (options.Get("vocabularyOnly").ToBoolean()) {
    return promise(info, number_of(options, "id", 0), [state = state_, load](const std::atomic<bool>& stop) -> Driver::Make {
      state->release();
      state->text.open(load.path, stop);
      return [add = vocabulary_facts(state->text)](Napi::Env env) -> Napi::Value {
        auto facts = Napi::Object::New(env);
        add(facts);
        return facts;
      };
    });
  }
  return promise(info, number_of(options, "id", 0),
                 [state = state_, threads, context, kernel, load, decoder](const std::atomic<bool>& stop) mutable -> Driver::Make {
                   state->release();
                   try {
                     decoder.kernels = kernels_of(kernel);
                     state->threads = std::make_unique<Threads>(threads);
                     state->model = load_model(load, *state->threads, stop);
                     state->text.open(*state->model->file, stop);
                     const int most = state->model->shape.context;
                     decoder.context = context > 0 && context < most ? context : most;
                     state->decoder = std::make_unique<Decoder>(*state->model, decoder, *state->threads);
                   } catch (...) {
                     state->release();
                     throw;
                   }
                   return facts_of(*state->model, *state->decoder, decoder, state->threads->count(), vocabulary_facts(state->text));
                 });
}

Napi::Value Engine::read(const Napi::CallbackInfo& info) {
  return promise(info, id_of(info[1]), [state = state_, tokens = tokens_of(info[0])](const std::atomic<bool>& stop) -> Driver::Make {
    Decoder& decoder = loaded(*state);
    return array_of(decoder.read(tokens.data(), static_cast<int>(tokens.size()), stop), state->model->shape.vocabulary);
  });
}

Napi::Value Engine::embed(const Napi::CallbackInfo& info) {
  return promise(info, id_of(info[1]), [state = state_, tokens = tokens_of(info[0])](const std::atomic<bool>& stop) -> Driver::Make {
    Decoder& decoder = loaded(*state);
    decoder.rewind(0);
    return array_of(decoder.embed(tokens.data(), static_cast<int>(tokens.size()), stop), state->model->shape.embedding);
  });
}

Napi::Value Engine::generate(const Napi::CallbackInfo& info) {
  const auto options = info[0].As<Napi::Object>();
  GenerationOptions generation;
  generation.tokens = tokens_of(options.Get("tokens"));
  generation.anew = options.Get("anew").ToBoolean().Value();
  generation.most_tokens = int_of(options, "maxTokens", generation.most_tokens);
  generation.stop_tokens = tokens_of(options.Get("stopTokens"));
  generation.stop_strings = texts_of(options.Get("stopStrings"));
  generation.grammar = tokens_of(options.Get("grammar"));
  Sampling& sampling = generation.sampling;
  sampling.temperature = static_cast<float>(number_of(options, "temperature", 0));
  sampling.top_k = int_of(options, "topK", 0);
  sampling.top_p = static_cast<float>(number_of(options, "topP", 1));
  sampling.min_p = static_cast<float>(number_of(options, "minP", 0));
  sampling.repetition_penalty = static_cast<float>(number_of(options, "repetitionPenalty", 1));
  sampling.frequency_penalty = static_cast<float>(number_of(options, "frequencyPenalty", 0));
  sampling.presence_penalty = static_cast<float>(number_of(options, "presencePenalty", 0));
  sampling.penalty_window = int_of(options, "penaltyWindow", sampling.penalty_window);
  sampling.seed = seed_of(options);
  auto on_token = std::make_shared<Napi::FunctionReference>(Napi::Persistent(info[1].As<Napi::Function>()));
  // The driver outlives its tasks; the engine may not.
  Driver* driver = driver_.get();
  return promise(info, number_of(options, "id", 0),
                 [driver, state = state_, generation = std::move(generation), on_token](const std::atomic<bool>& stop) -> Driver::Make {
                   Decoder& decoder = loaded(*state);
                   const auto tell = [&](int token, const std::string& text) {
                     driver->tell([on_token, token, text](Napi::Env env) {
                       on_token->Call({Napi::Number::New(env, token), Napi::String::New(env, text)});
                     });
                   };
                   const Generated generated =
                       ryot::generate(decoder, state->model->shape.vocabulary, state->text, generation, tell, stop);
                   return [on_token, generated](Napi::Env env) -> Napi::Value {
                     auto result = Napi::Object::New(env);
                     result.Set("ending", generated.ending == Ending::Stop ? "stop" : "length");
                     result.Set("restText", generated.rest);
                     result.Set("tokensRead", generated.tokens_read);
                     result.Set("tokensWritten", generated.tokens_written);
                     result.Set("readingSeconds", generated.reading_seconds);
                     result.Set("writingSeconds", generated.writing_seconds);
                     return result;
                   };
                 });
}

Napi::Value Engine::tokenize(const Napi::CallbackInfo& info) {
  return promise(info, id_of_call(info), tokenize_work(info, [state = state_]() -> const TextModel& { return state->text; }));
}

Napi::Value Engine::detokenize(const Napi::CallbackInfo& info) {
  return promise(info, id_of_call(info), detokenize_work(info, [state = state_]() -> const TextModel& { return state->text; }));
}

Napi::Value Engine::rewind(const Napi::CallbackInfo& info) {
  const int position = info[0].As<Napi::Number>().Int32Value();
  return promise(info, 0, [state = state_, position](const std::atomic<bool>&) -> Driver::Make {
    loaded(*state).rewind(position);
    return [](Napi::Env env) { return env.Undefined(); };
  });
}

Napi::Value Engine::abort(const Napi::CallbackInfo& info) {
  if (!closed_) driver_->abort(info[0].IsNumber() ? std::optional(id_of(info[0])) : std::nullopt);
  return info.Env().Undefined();
}

Napi::Value Engine::close(const Napi::CallbackInfo& info) {
  closed_ = true;
  return driver_->close(info.Env());
}

Decoder& Engine::loaded(State& state) {
  if (state.decoder == nullptr) throw Error("INTERNAL", "the model is not loaded");
  return *state.decoder;
}

Napi::Value Engine::promise(const Napi::CallbackInfo& info, double id, Driver::Work work) {
  if (closed_) throw Napi::Error::New(info.Env(), "the model is closed");
  // Nobody may hold the engine but those who wait for this.
  auto self = std::make_shared<Napi::ObjectReference>(Napi::Persistent(info.This().As<Napi::Object>()));
  return driver_->promise(info.Env(), id, [self, work = std::move(work)](const std::atomic<bool>& stop) { return work(stop); });
}

}  // namespace ryot
