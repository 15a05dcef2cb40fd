import {existsSync} from 'node:fs'
import {createRequire} from 'node:module'
import {fileURLToPath} from 'node:url'
import type {CpuFeatures} from '../../domain/cpu.js'

interface CpuidAddon {
  read(): CpuFeatures | null
}

const FOLDER = new URL('../../../native/cpuid/', import.meta.url)

/**
 * Asks the processor through the `cpuid` addon: the prebuilt one of a published package, else the one that was built here.
 * `null` where there is no addon, it does not load, or the processor is not x86-64. Never throws.
 */
export function readCpuFeatures(): CpuFeatures | null {
  const places = [`prebuilds/${process.platform}-${process.arch}/cpuid.node`, 'build/Release/cpuid.node']
  for (const place of places) {
    const path = fileURLToPath(new URL(place, FOLDER))
    if (!existsSync(path)) continue
    try {
      const addon = createRequire(import.meta.url)(path) as CpuidAddon
      return addon.read()
    } catch {
      // A prebuilt addon may not fit this C library; the one built on this machine does.
    }
  }
  return null
}
