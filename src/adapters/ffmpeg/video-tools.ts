import {rename, rm, stat} from 'node:fs/promises'
import {MediaForgeError} from '../../domain/errors.js'
import type {VideoTools} from '../../domain/ports/media-tools.js'
import {FRAME_HEIGHT, FRAME_WIDTH} from '../../domain/shots/look.js'
import type {FoundTools} from './find.js'
import {probeArgs, readProbe, textSubtitles} from './probe.js'
import {readRawMatroska} from './raw-matroska.js'
import {inputArgs, runTool} from './run.js'
import {DECODE_LIMITS, streamTool} from './stream.js'

const FRAME_TIMEOUT_MS = 60_000
/** Subtitles lie all over a file, which has to be read from end to end. */
const SUBTITLE_TIMEOUT_MS = 600_000
const MOST_SUBTITLE_BYTES = 16_000_000

interface VideoToolsConfig {
  /** Called once, at the first use. */
  find: () => Promise<FoundTools>
  /** How long one file may keep ffprobe busy. */
  probeTimeoutMs?: number
  /** What ffmpeg's `-hwaccel` is told; decoding in software where it is not given. */
  hardwareDecoding?: string | undefined
}

/** Opens the ffmpeg tools. */
export function openVideoTools({find, probeTimeoutMs = 30_000, hardwareDecoding}: VideoToolsConfig): VideoTools {
  let found: Promise<FoundTools> | undefined
  const tools = (): Promise<FoundTools> => (found ??= find())

  return {
    async probe(path, {signal} = {}) {
      const {ffprobe} = await tools()
      return readProbe(await runTool(ffprobe.path, probeArgs(path), {timeoutMs: probeTimeoutMs, signal}))
    },

    async subtitles(path, {signal} = {}) {
      const {ffmpeg, ffprobe} = await tools()
      const stream = textSubtitles(await runTool(ffprobe.path, probeArgs(path), {timeoutMs: probeTimeoutMs, signal}))
      if (stream === null) return new Uint8Array(0)
      // In whatever encoding they are: ffmpeg would drop what is no UTF-8.
      const input = ['-nostdin', '-v', 'error', '-sub_charenc_mode', 'ignore', ...inputArgs(path)]
      const limits = {stallMs: SUBTITLE_TIMEOUT_MS, timeoutMs: SUBTITLE_TIMEOUT_MS, signal}
      try {
        const bytes = streamTool(ffmpeg.path, [...input, '-map', `0:s:${stream}`, '-f', 'srt', 'pipe:1'], limits)
        return await joined(bytes)
      } catch (error) {
        // Subtitles that cannot be read are no reason to refuse a video.
        if (error instanceof MediaForgeError && error.code === 'FILE_BROKEN') return new Uint8Array(0)
        throw error
      }
    },

    async *smallFrames(path, {signal} = {}) {
      const {ffmpeg} = await tools()
      const bytes = streamTool(ffmpeg.path, smallFrameArgs(path, hardwareDecoding), {...DECODE_LIMITS, signal})
      for await (const {atMs, data} of readRawMatroska(bytes)) yield {atMs, luma: data}
    },

    async extractFrame(path, atMs, target, maxSide, {signal} = {}) {
      const {ffmpeg} = await tools()
      const part = `${target}.${process.pid}.part.jpg`
      const seek = ['-ss', (atMs / 1000).toFixed(3)]
      const argsOf = (input: string[]): string[] => [
        ...['-nostdin', '-v', 'error', '-y', '-threads', '1', ...input],
        ...['-frames:v', '1', '-an', '-sn', '-dn'],
        ...['-vf', `scale=${side(maxSide, 'iw')}:${side(maxSide, 'ih')}:force_original_aspect_ratio=decrease,format=yuvj420p`],
        ...['-q:v', '3', '-f', 'image2', '-update', '1', part],
      ]
      try {
        // Before the input it seeks by keyframes and decodes only from there on; a stream cut out of another one may have none to seek by.
        for (const input of [
          [...seek, ...inputArgs(path)],
          [...inputArgs(path), ...seek],
        ]) {
          await runTool(ffmpeg.path, argsOf(input), {timeoutMs: FRAME_TIMEOUT_MS, signal})
          if (await hasBytes(part)) break
        }
        if (!(await hasBytes(part))) return false
        await rename(part, target)
        return true
      } finally {
        await rm(part, {force: true})
      }
    },
  }
}

/**
 * Every frame once, in grey, turned upright, with its own time in milliseconds: variable rates stay what they are. Fields of interlaced video
 * are blended by the averaging that makes a frame small.
 */
function smallFrameArgs(path: string, hardwareDecoding: string | undefined): string[] {
  return [
    ...['-nostdin', '-v', 'error'],
    ...(hardwareDecoding === undefined ? [] : ['-hwaccel', hardwareDecoding]),
    ...inputArgs(path),
    ...['-map', '0:V:0', '-an', '-sn', '-dn', '-enc_time_base', '1:1000'],
    ...['-vf', `scale=${FRAME_WIDTH}:${FRAME_HEIGHT}:flags=area:out_range=full,format=gray`],
    ...['-c:v', 'rawvideo', '-f', 'matroska', 'pipe:1'],
  ]
}

/** All of what comes, up to where it is too much for words. */
async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    parts.push(chunk)
    bytes += chunk.length
    if (bytes > MOST_SUBTITLE_BYTES) break
  }
  return Buffer.concat(parts)
}

/** A side is never enlarged. */
function side(maxSide: number, input: 'iw' | 'ih'): string {
  return `'min(${maxSide},${input})'`
}

async function hasBytes(path: string): Promise<boolean> {
  return stat(path).then(
    ({size}) => size > 0,
    () => false,
  )
}
