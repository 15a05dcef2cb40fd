import {mkdir, writeFile} from 'node:fs/promises'
import {dirname} from 'node:path'

const HZ = 16_000

/** Formants of vowels in Hz (Peterson and Barney 1952, men). */
const VOWELS = [
  [730, 1090, 2440],
  [270, 2290, 3010],
  [570, 840, 2410],
  [530, 1840, 2480],
  [300, 870, 2240],
] as const
const SYLLABLE_S = 0.22

/** Samples of somebody who says vowels with hissed consonants between them: a source of pulses through resonances (Klatt 1980, in short). */
function speak(seconds: number): Float32Array {
  const out = new Float32Array(Math.round(seconds * HZ))
  const resonators = [60, 90, 150].map(bandwidth => ({bandwidth, a: 0, b: 0}))
  let phase = 0
  let seed = 1
  for (const i of out.keys()) {
    const t = i / HZ
    const syllable = Math.floor(t / SYLLABLE_S)
    const within = (t % SYLLABLE_S) / SYLLABLE_S
    const from = VOWELS[syllable % VOWELS.length] ?? VOWELS[0]
    const to = VOWELS[(syllable + 1) % VOWELS.length] ?? VOWELS[0]
    const pitch = 115 + 20 * Math.sin(2 * Math.PI * 0.7 * t) - 8 * within
    phase += pitch / HZ
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    const noise = seed / 2 ** 31 - 1
    const isHissed = within < 0.22
    const pulse = phase % 1 < 0.4 ? Math.sin((Math.PI * (phase % 1)) / 0.4) ** 2 - 0.35 : -0.1
    let sample = isHissed ? noise * 0.25 : pulse + noise * 0.02
    for (const [k, resonator] of resonators.entries()) {
      const frequency = (from[k] ?? 0) * (1 - within) + (to[k] ?? 0) * within
      const r = Math.exp((-Math.PI * resonator.bandwidth) / HZ)
      const b = 2 * r * Math.cos((2 * Math.PI * frequency) / HZ)
      const c = -r * r
      const value = (1 - b - c) * sample + b * resonator.a + c * resonator.b
      resonator.b = resonator.a
      resonator.a = value
      sample = value
    }
    out[i] = sample * Math.sin(Math.PI * within) ** 0.5
  }
  const peak = out.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return out.map(value => (value / peak) * 0.5)
}

/** Writes a sound of mono 16-bit samples: so many seconds of silence and of speech in turns, silence first. */
export async function writeTalk(path: string, seconds: readonly number[]): Promise<void> {
  const parts = seconds.map((length, i) => (i % 2 === 0 ? new Float32Array(length * HZ) : speak(length)))
  const samples = Int16Array.from(parts.flatMap(part => [...part]), sample => sample * 32_767) // prettier-ignore
  const head = Buffer.alloc(44)
  head.write('RIFF\0\0\0\0WAVEfmt ', 'latin1')
  head.writeUInt32LE(36 + samples.byteLength, 4)
  for (const [at, value] of [[16, 16], [24, HZ], [28, HZ * 2], [40, samples.byteLength]] as const) head.writeUInt32LE(value, at) // prettier-ignore
  for (const [at, value] of [[20, 1], [22, 1], [32, 2], [34, 16]] as const) head.writeUInt16LE(value, at) // prettier-ignore
  head.write('data', 36, 'latin1')
  await mkdir(dirname(path), {recursive: true})
  await writeFile(path, Buffer.concat([head, Buffer.from(samples.buffer)]))
}
