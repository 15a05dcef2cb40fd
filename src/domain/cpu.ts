/** What the processor and the operating system can do, as CPUID and XCR0 tell it. Every flag is as the hardware names it. */
export interface CpuFeatures {
  /** The maker's twelve letters: `GenuineIntel`, `AuthenticAMD`. */
  vendor: string
  /** The name on the box; empty where the processor does not tell. */
  brand: string
  avx2: boolean
  avx512f: boolean
  avx512bw: boolean
  avx512dq: boolean
  avx512vl: boolean
  avx512vnni: boolean
  avx512vbmi: boolean
  /** The operating system keeps the 512-bit and mask registers of a thread when it switches to another. */
  osSavesVectors: boolean
}

/** The instruction sets that the native engine is compiled for, with the names that people know them by. */
const NEEDED = {
  avx512f: 'AVX512F',
  avx512bw: 'AVX512BW',
  avx512dq: 'AVX512DQ',
  avx512vl: 'AVX512VL',
  avx512vnni: 'AVX512_VNNI',
  avx512vbmi: 'AVX512_VBMI',
} as const satisfies Partial<Record<keyof CpuFeatures, string>>

/**
 * Whether the native engine may be loaded: loading it on a machine that lacks an instruction ends the process.
 * `null` stands for a processor that is not x86-64, or could not be asked. The reason is a sentence part for people.
 */
export function nativeEngineVerdict(features: CpuFeatures | null): {allowed: boolean; reason: string} {
  if (features === null)
    return {allowed: false, reason: 'what this CPU can do is not known: not x86-64, or the cpuid addon is not built'}
  const missing = (Object.keys(NEEDED) as (keyof typeof NEEDED)[]).filter(name => !features[name]).map(name => NEEDED[name])
  if (missing.length > 0) return {allowed: false, reason: `this CPU has no ${missing.join(', ')}`}
  if (!features.osSavesVectors)
    return {allowed: false, reason: 'this CPU has AVX-512, but the operating system does not keep its registers'}
  return {allowed: true, reason: 'this CPU and operating system have all of AVX-512 that is needed'}
}
