import {openedOnce} from '../../domain/opened-once.js'
import {LISTENING_HZ, type SoundTools} from '../../domain/ports/listening.js'
import type {Loudness} from '../../domain/sound.js'
import type {FoundTools} from './find.js'
import {TOOL_LIMITS, type ToolLimits} from './limits.js'
import {inputArgs} from './run.js'
import {streamTool} from './stream.js'

const BYTES_A_SAMPLE = 2

interface SoundToolsConfig {
  /** Called at the first use, and again where that failed. */
  find: () => Promise<FoundTools>
  limits?: ToolLimits
}

/** Opens ffmpeg for sound. */
export function openSoundTools({find, limits = TOOL_LIMITS}: SoundToolsConfig): SoundTools {
  const found = openedOnce(find)
  return {
    async decode(path, take, {signal} = {}) {
      const {ffmpeg} = await found.get()
      let words = ''
      const {stallMs, decodeMs: timeoutMs, memoryBytes} = limits
      const options = {stallMs, timeoutMs, memoryBytes, signal, onEnd: (stderr: string) => void (words = stderr)}
      let rest = Buffer.alloc(0)
      for await (const chunk of streamTool(ffmpeg.path, decodeArgs(path), options)) {
        const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk])
        const samples = new Float32Array(Math.floor(bytes.length / BYTES_A_SAMPLE))
        for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(i * BYTES_A_SAMPLE) / 32_768
        rest = bytes.subarray(samples.length * BYTES_A_SAMPLE)
        if ((await take(samples)) === 'enough') return null
      }
      return readLoudness(words)
    },
  }
}

/** Loudness is measured on the sound as it is, before it is made small; what begins late begins with silence. */
function decodeArgs(path: string): string[] {
  return [
    ...['-nostdin', '-hide_banner', '-nostats', '-v', 'info', ...inputArgs(path), '-map', '0:a:0', '-vn', '-sn', '-dn'],
    '-af',
    `ebur128=peak=true:framelog=verbose,aresample=${LISTENING_HZ}:async=1:first_pts=0,aformat=sample_fmts=s16:channel_layouts=mono`,
    ...['-c:a', 'pcm_s16le', '-f', 's16le', 'pipe:1'],
  ]
}

/** The summary that ffmpeg's `ebur128` ends with. What is too short, or silent, has none that means anything. */
function readLoudness(stderr: string): Loudness | null {
  const summary = stderr.slice(stderr.lastIndexOf('Summary:'))
  const number = (name: string): number => Number(new RegExp(String.raw`\b${name}:\s+(-?[\d.]+)`).exec(summary)?.[1] ?? NaN)
  const loudness = {integratedLufs: number('I'), rangeLu: number('LRA'), truePeakDbtp: number('Peak')}
  const isMeasured = Object.values(loudness).every(Number.isFinite) && loudness.integratedLufs > ABSOLUTE_GATE
  return isMeasured ? loudness : null
}

/** What is quieter counts as silence (EBU Tech 3341). */
const ABSOLUTE_GATE = -70
