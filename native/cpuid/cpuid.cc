// Tells what the CPU and the operating system can do, before anything is loaded that needs it. So this addon must run
// on every x86-64 machine: it is compiled for the baseline and holds no wider instruction than SSE2.
// On other architectures it answers null. Source: Intel SDM volume 2A (CPUID), volume 1 chapter 13 (XCR0).

#include <node_api.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

#if defined(__x86_64__) || defined(_M_X64)
#define IS_X86_64 1
#if defined(_MSC_VER)
#include <immintrin.h>
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

namespace {

struct Features {
  std::string vendor;
  std::string brand;
  bool avx2 = false;
  bool avx512f = false;
  bool avx512bw = false;
  bool avx512dq = false;
  bool avx512vl = false;
  bool avx512vnni = false;
  bool avx512vbmi = false;
  bool osSavesVectors = false;
};

#ifdef IS_X86_64

struct Registers {
  uint32_t a, b, c, d;
};

Registers cpuid(uint32_t leaf, uint32_t subleaf = 0) {
#if defined(_MSC_VER)
  int out[4];
  __cpuidex(out, static_cast<int>(leaf), static_cast<int>(subleaf));
  return {static_cast<uint32_t>(out[0]), static_cast<uint32_t>(out[1]), static_cast<uint32_t>(out[2]),
          static_cast<uint32_t>(out[3])};
#else
  Registers out{};
  __cpuid_count(leaf, subleaf, out.a, out.b, out.c, out.d);
  return out;
#endif
}

// Only to be called where CPUID says OSXSAVE: elsewhere the instruction does not exist.
uint64_t readXcr0() {
#if defined(_MSC_VER)
  return _xgetbv(0);
#else
  // The intrinsic would need -mxsave, which must not be given to this file.
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
#endif
}

bool bit(uint32_t value, unsigned position) { return ((value >> position) & 1u) != 0; }

std::string readVendor(const Registers& leaf0) {
  const std::array<uint32_t, 3> words{leaf0.b, leaf0.d, leaf0.c};
  char text[12];
  std::memcpy(text, words.data(), sizeof text);
  return std::string(text, sizeof text);
}

std::string readBrand() {
  if (cpuid(0x80000000u).a < 0x80000004u) return "";
  char text[49] = {};
  for (uint32_t i = 0; i < 3; ++i) {
    const Registers part = cpuid(0x80000002u + i);
    std::memcpy(text + i * 16, &part, 16);
  }
  std::string brand(text);
  const auto first = brand.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return brand.substr(first, brand.find_last_not_of(' ') - first + 1);
}

std::optional<Features> readFeatures() {
  const Registers leaf0 = cpuid(0);
  Features found;
  found.vendor = readVendor(leaf0);
  found.brand = readBrand();
  const bool osxsave = leaf0.a >= 1 && bit(cpuid(1).c, 27);
  // Bits of XCR0: 1 SSE, 2 AVX, 5 mask registers, 6 upper halves of ZMM0-15, 7 ZMM16-31.
  found.osSavesVectors = osxsave && (readXcr0() & 0xE6u) == 0xE6u;
  if (leaf0.a >= 7) {
    const Registers leaf7 = cpuid(7);
    found.avx2 = bit(leaf7.b, 5);
    found.avx512f = bit(leaf7.b, 16);
    found.avx512dq = bit(leaf7.b, 17);
    found.avx512bw = bit(leaf7.b, 30);
    found.avx512vl = bit(leaf7.b, 31);
    found.avx512vbmi = bit(leaf7.c, 1);
    found.avx512vnni = bit(leaf7.c, 11);
  }
  return found;
}

#else

std::optional<Features> readFeatures() { return std::nullopt; }

#endif

bool setText(napi_env env, napi_value object, const char* name, const std::string& text) {
  napi_value value;
  return napi_create_string_latin1(env, text.data(), text.size(), &value) == napi_ok &&
         napi_set_named_property(env, object, name, value) == napi_ok;
}

bool setFlag(napi_env env, napi_value object, const char* name, bool flag) {
  napi_value value;
  return napi_get_boolean(env, flag, &value) == napi_ok && napi_set_named_property(env, object, name, value) == napi_ok;
}

// `read(): CpuFeatures | null`; the names of the properties are those of src/domain/cpu.ts.
napi_value read(napi_env env, napi_callback_info) {
  napi_value result = nullptr;
  const std::optional<Features> features = readFeatures();
  if (!features) return napi_get_null(env, &result) == napi_ok ? result : nullptr;
  if (napi_create_object(env, &result) != napi_ok) return nullptr;
  const bool done = setText(env, result, "vendor", features->vendor) && setText(env, result, "brand", features->brand) &&
                    setFlag(env, result, "avx2", features->avx2) && setFlag(env, result, "avx512f", features->avx512f) &&
                    setFlag(env, result, "avx512bw", features->avx512bw) &&
                    setFlag(env, result, "avx512dq", features->avx512dq) &&
                    setFlag(env, result, "avx512vl", features->avx512vl) &&
                    setFlag(env, result, "avx512vnni", features->avx512vnni) &&
                    setFlag(env, result, "avx512vbmi", features->avx512vbmi) &&
                    setFlag(env, result, "osSavesVectors", features->osSavesVectors);
  return done ? result : nullptr;
}

napi_value init(napi_env env, napi_value exports) {
  napi_value function;
  if (napi_create_function(env, "read", NAPI_AUTO_LENGTH, read, nullptr, &function) != napi_ok ||
      napi_set_named_property(env, exports, "read", function) != napi_ok) {
    napi_throw_error(env, nullptr, "cpuid could not be set up");
    return nullptr;
  }
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, init)
