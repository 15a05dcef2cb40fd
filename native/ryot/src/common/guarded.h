#pragma once

#include <napi.h>

#include <exception>
#include <new>

#include "common/error.h"

namespace ryot {

inline Napi::Error thrown(Napi::Env env, const char* code, const char* message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

/** Calls what may throw an `Error`, and throws it on as one of JavaScript's: any other exception would end the process. */
template <typename Call>
Napi::Value guarded(Napi::Env env, Call call) {
  try {
    return call();
  } catch (const Error& error) {
    throw thrown(env, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    throw thrown(env, "OUT_OF_MEMORY", "there is not enough memory");
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw thrown(env, "INTERNAL", error.what());
  }
}

}  // namespace ryot
