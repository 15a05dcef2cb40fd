{
  "targets": [
    {
      "target_name": "ryot",
      "sources": [
        "src/activations.cc",
        "src/attention.cc",
        "src/binding.cc",
        "src/bpe.cc",
        "src/byte_characters.cc",
        "src/checks.cc",
        "src/coded.cc",
        "src/coded_activations.cc",
        "src/coded_kernel.cc",
        "src/contention.cc",
        "src/decoder.cc",
        "src/dense.cc",
        "src/driver.cc",
        "src/elementwise.cc",
        "src/engine.cc",
        "src/generation.cc",
        "src/gguf.cc",
        "src/head.cc",
        "src/k_quants.cc",
        "src/kernel_scalar.cc",
        "src/kernel_table.cc",
        "src/kernel_vnni.cc",
        "src/kernels.cc",
        "src/kv_cache.cc",
        "src/measure.cc",
        "src/model.cc",
        "src/pretokenizer.cc",
        "src/random_data.cc",
        "src/reference.cc",
        "src/rope.cc",
        "src/sampler.cc",
        "src/sentence_piece.cc",
        "src/special_tokens.cc",
        "src/ternary.cc",
        "src/text_binding.cc",
        "src/threads.cc",
        "src/tokenizer.cc",
        "src/unicode.cc",
        "src/utf8.cc",
        "src/values.cc",
        "src/vocabulary.cc"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_DEPRECATED"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti"],
      "cflags_cc": [
        "-std=c++17", "-O3", "-fexceptions", "-Wall", "-Wextra",
        # g++ 12 warns of its own header for every masked AVX-512 intrinsic.
        "-Wno-uninitialized", "-Wno-maybe-uninitialized",
        "-mavx2", "-mfma", "-mf16c", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512vnni", "-mavx512vbmi"
      ]
    }
  ]
}
