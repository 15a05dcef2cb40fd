#include <napi.h>

#include "binding/engine.h"
#include "binding/options.h"
#include "checks/checks.h"
#include "checks/measure.h"
#include "common/guarded.h"

namespace ryot {
namespace {

KernelTest kernel_test_of(const Napi::CallbackInfo& info) {
  const auto options = info[0].As<Napi::Object>();
  KernelTest test;
  test.kernel = text_of(options, "kernel", "");
  test.rows = int_of(options, "rows", 0);
  test.columns = int_of(options, "columns", 0);
  test.tokens = int_of(options, "tokens", 0);
  test.threads = int_of(options, "threads", 1);
  test.matrices = int_of(options, "matrices", 1);
  test.seed = int_of(options, "seed", 1);
  return test;
}

Check check_of(const Napi::CallbackInfo& info) {
  const auto options = info[0].As<Napi::Object>();
  Check wanted;
  wanted.step = text_of(options, "step", "");
  wanted.kernel = text_of(options, "kernel", "");
  wanted.type = text_of(options, "type", "");
  wanted.rows = int_of(options, "rows", 1);
  wanted.columns = int_of(options, "columns", 1);
  wanted.tokens = int_of(options, "tokens", 1);
  wanted.threads = int_of(options, "threads", 1);
  wanted.seed = int_of(options, "seed", 1);
  const std::string values = text_of(options, "values", "");
  wanted.extreme = values == "extreme";
  wanted.largest = values == "largest";
  wanted.scaling = text_of(options, "activations", "token") == "q8k" ? Scaling::Block : Scaling::Token;
  wanted.block_scales = text_of(options, "scales", "row") == "block";
  return wanted;
}

Napi::Value value_of(Napi::Env env, const Measured& measured) {
  auto value = Napi::Object::New(env);
  value.Set("seconds", measured.seconds);
  value.Set("bytes", measured.bytes);
  value.Set("multiplications", measured.multiplications);
  return value;
}

// These are for benchmarks and tests, where nothing else waits for the event loop.

Napi::Value kernel_names(const Napi::CallbackInfo& info) {
  auto names = Napi::Array::New(info.Env());
  for (const TernaryKernel* kernel : ternary_kernels()) names.Set(names.Length(), kernel->name);
  return names;
}

/** Measures where nobody has: some milliseconds. */
Napi::Value fastest_kernels_call(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const KernelChoice fastest = fastest_kernels();
    auto choice = Napi::Object::New(info.Env());
    choice.Set("decode", fastest.one->name);
    choice.Set("prefill", fastest.many->name);
    return choice;
  });
}

Napi::Value measure_kernel_call(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return value_of(info.Env(), measure_kernel(kernel_test_of(info))); });
}

Napi::Value check_call(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Checked checked = check(check_of(info));
    auto value = Napi::Object::New(info.Env());
    value.Set("results", checked.results);
    value.Set("differing", checked.differing);
    value.Set("largestError", checked.largest_error);
    return value;
  });
}

Napi::Value measure_reading_call(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return value_of(info.Env(), measure_reading(info[0].As<Napi::Number>().DoubleValue(), info[1].As<Napi::Number>().Int32Value()));
  });
}

Napi::Value measure_multiplying_call(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return value_of(info.Env(), measure_multiplying(info[0].As<Napi::Number>().Int32Value())); });
}

Napi::Value thread_seconds_call(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), thread_seconds()); }

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("Engine", Engine::define(env));
  exports.Set("kernelNames", Napi::Function::New(env, kernel_names));
  exports.Set("fastestKernels", Napi::Function::New(env, fastest_kernels_call));
  exports.Set("measureKernel", Napi::Function::New(env, measure_kernel_call));
  exports.Set("check", Napi::Function::New(env, check_call));
  exports.Set("measureMultiplying", Napi::Function::New(env, measure_multiplying_call));
  exports.Set("threadSeconds", Napi::Function::New(env, thread_seconds_call));
  exports.Set("measureReading", Napi::Function::New(env, measure_reading_call));
  return exports;
}

}  // namespace

NODE_API_MODULE(ryot, init)

}  // namespace ryot
