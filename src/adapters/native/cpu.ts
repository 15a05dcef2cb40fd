import type {CpuFeatures} from '../../domain/cpu.js'
import {openAddon} from './addon.js'

interface CpuidAddon {
  read(): CpuFeatures | null
}

/** Asks the processor. `null` where there is no addon for it, or the processor is not x86-64. Never throws. */
export function readCpuFeatures(): CpuFeatures | null {
  return openAddon<CpuidAddon>('cpuid').addon?.read() ?? null
}
