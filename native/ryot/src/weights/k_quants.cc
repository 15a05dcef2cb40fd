#include "weights/k_quants.h"

namespace ryot {

FourBitScales scales_of_q4_k(const uint8_t* block) {
  const uint8_t* packed = block + 4;
  FourBitScales read;
  for (int part = 0; part < 4; part++) {
    read.scales[part] = packed[part] & 63;
    read.offsets[part] = packed[part + 4] & 63;
    read.scales[part + 4] = static_cast<uint8_t>((packed[part + 8] & 15) | (packed[part] >> 6) << 4);
    read.offsets[part + 4] = static_cast<uint8_t>(packed[part + 8] >> 4 | (packed[part + 4] >> 6) << 4);
  }
  return read;
}

void codes_of_q4_k(const uint8_t* block, uint8_t* codes) {
  const uint8_t* nibbles = block + 16;
  for (int pair = 0; pair < 4; pair++, nibbles += 32, codes += 64) {
    for (int i = 0; i < 32; i++) {
      codes[i] = nibbles[i] & 15;
      codes[32 + i] = nibbles[i] >> 4;
    }
  }
}

void codes_of_q6_k(const uint8_t* block, uint8_t* codes) {
  const uint8_t* low = block;
  const uint8_t* high = block + 128;
  for (int half = 0; half < 2; half++, low += 64, high += 32, codes += 128) {
    for (int i = 0; i < 32; i++) codes[i] = static_cast<uint8_t>((low[i] & 15) | (high[i] & 3) << 4);
    for (int i = 0; i < 32; i++) codes[32 + i] = static_cast<uint8_t>((low[i + 32] & 15) | (high[i] >> 2 & 3) << 4);
    for (int i = 0; i < 32; i++) codes[64 + i] = static_cast<uint8_t>(low[i] >> 4 | (high[i] >> 4 & 3) << 4);
    for (int i = 0; i < 32; i++) codes[96 + i] = static_cast<uint8_t>(low[i + 32] >> 4 | high[i] >> 6 << 4);
  }
}

}  // namespace ryot
