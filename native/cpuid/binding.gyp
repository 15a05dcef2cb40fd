{
  "targets": [
    {
      "target_name": "cpuid",
      "sources": ["cpuid.cc"],
      "defines": ["NAPI_VERSION=8"],
      "conditions": [
        ["OS=='win'", {"msvs_settings": {"VCCLCompilerTool": {"AdditionalOptions": ["/std:c++17", "/W4"]}}}],
        ["OS=='mac'", {"xcode_settings": {"CLANG_CXX_LANGUAGE_STANDARD": "c++17"}}],
        ["OS!='win'", {"cflags_cc": ["-std=c++17", "-O2", "-Wall", "-Wextra"]}],
        ["OS!='win' and target_arch=='x64'", {"cflags_cc": ["-march=x86-64"]}]
      ]
    }
  ]
}
