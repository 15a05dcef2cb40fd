import {spawnSync} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {describe, expect, it} from 'vitest'
import {readCpuFeatures} from '../../dist/adapters/native/cpu.js'
import {nativeEngineVerdict, type CpuFeatures} from '../../dist/domain/cpu.js'

/** The addon that was built here, and the one for publishing where somebody made it. */
const builds = (addon: string) =>
  ['build/Release', `prebuilds/${process.platform}-${process.arch}`]
    .map(place => fileURLToPath(new URL(`../../native/${addon}/${place}/${addon}.node`, import.meta.url)))
    .filter(path => existsSync(path))

/** What looks at an addon before it is published. */
const {disassembled, beyondSse} = (await import(new URL('../../scripts/native.mjs', import.meta.url).href)) as {
  disassembled: (addon: string) => string
  beyondSse: (code: string) => string[]
}
const IS_X64 = process.arch === 'x64'
const NO_OBJDUMP = process.platform === 'win32' || spawnSync('objdump', ['--version']).error !== undefined
const IS_LINUX_X64 = IS_X64 && process.platform === 'linux' && existsSync('/proc/cpuinfo')

const ALL: CpuFeatures = {
  vendor: 'GenuineIntel',
  brand: 'A processor',
  avx2: true,
  avx512f: true,
  avx512bw: true,
  avx512dq: true,
  avx512vl: true,
  avx512vnni: true,
  avx512vbmi: true,
  osSavesVectors: true,
}

describe('the cpuid addon', () => {
  it.skipIf(!IS_LINUX_X64)('agrees with the kernel (on x64 Linux)', () => {
    const cpuinfo = readFileSync('/proc/cpuinfo', 'utf8')
    const field = (name: string) => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(cpuinfo)?.[1]?.trim()
    const flags = new Set(field('flags')?.split(' '))
    const found = readCpuFeatures()
    expect(found).toMatchObject({
      vendor: field('vendor_id'),
      brand: field('model name'),
      avx2: flags.has('avx2'),
    })
    // The kernel hides the AVX-512 flags where it does not keep the registers.
    const kept = (has: boolean | undefined) => has === true && found?.osSavesVectors === true
    expect({
      avx512f: kept(found?.avx512f),
      avx512bw: kept(found?.avx512bw),
      avx512dq: kept(found?.avx512dq),
      avx512vl: kept(found?.avx512vl),
      avx512vnni: kept(found?.avx512vnni),
      avx512vbmi: kept(found?.avx512vbmi),
    }).toEqual({
      avx512f: flags.has('avx512f'),
      avx512bw: flags.has('avx512bw'),
      avx512dq: flags.has('avx512dq'),
      avx512vl: flags.has('avx512vl'),
      avx512vnni: flags.has('avx512_vnni'),
      avx512vbmi: flags.has('avx512vbmi'),
    })
  })

  it.skipIf(IS_X64)('knows nothing of other architectures', () => {
    expect(readCpuFeatures()).toBeNull()
  })

  it('allows the engine on this machine exactly where nothing is missing', () => {
    const features = readCpuFeatures()
    const needed = features !== null && Object.entries(features).every(([name, has]) => name === 'avx2' || has !== false)
    expect(nativeEngineVerdict(features).allowed).toBe(needed)
  })

  it.runIf(IS_X64)('holds no instruction that an old processor lacks', context => {
    if (NO_OBJDUMP) context.skip('there is no objdump here')
    const addons = builds('cpuid')
    expect(addons).not.toHaveLength(0)
    for (const addon of addons) {
      const code = disassembled(addon)
      expect(code).toContain('cpuid')
      expect(beyondSse(code)).toEqual([])
    }
  })

  it.runIf(IS_X64)('would be found out if it did, by whatever operands: so is the engine', context => {
    if (NO_OBJDUMP) context.skip('there is no objdump here')
    const addons = builds('ryot')
    expect(addons).not.toHaveLength(0)
    for (const addon of addons) {
      const code = disassembled(addon)
      const found = new Set(beyondSse(code))
      const byOperands = code.match(/^.*(?:%[yz]mm\d|%xmm(?:1[6-9]|2\d|3[01])\b|\{?%k[0-7]\b).*$/gm) ?? []
      expect(byOperands.length).toBeGreaterThan(1000)
      expect(byOperands.filter(line => !found.has(line))).toEqual([])
      // Those that name no wide register are found too.
      expect([...found].filter(line => /:\t62 /.test(line) && !/%[yz]mm/.test(line))).not.toEqual([])
    }
  })
})

describe('nativeEngineVerdict', () => {
  it('allows a machine that has everything', () => {
    expect(nativeEngineVerdict(ALL).allowed).toBe(true)
  })

  it.each([
    ['avx512f', 'AVX512F'],
    ['avx512bw', 'AVX512BW'],
    ['avx512dq', 'AVX512DQ'],
    ['avx512vl', 'AVX512VL'],
    ['avx512vnni', 'AVX512_VNNI'],
    ['avx512vbmi', 'AVX512_VBMI'],
  ] as const)('refuses a machine without %s and names it', (feature, name) => {
    expect(nativeEngineVerdict({...ALL, [feature]: false})).toEqual({allowed: false, reason: `this CPU has no ${name}`})
  })

  it('names everything that is missing', () => {
    const skylake = {...ALL, avx512vnni: false, avx512vbmi: false}
    expect(nativeEngineVerdict(skylake).reason).toBe('this CPU has no AVX512_VNNI, AVX512_VBMI')
  })

  it('refuses an operating system that does not keep the registers', () => {
    expect(nativeEngineVerdict({...ALL, osSavesVectors: false})).toMatchObject({
      allowed: false,
      reason: expect.stringContaining('operating system'),
    })
  })

  it('refuses what it does not know', () => {
    expect(nativeEngineVerdict(null).allowed).toBe(false)
  })
})
