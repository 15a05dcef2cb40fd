import {rename, rm, stat} from 'node:fs/promises'
import {availableParallelism} from 'node:os'
import {MediaForgeError} from '../../domain/errors.js'
import {openedOnce} from '../../domain/opened-once.js'
import type {VideoTools} from '../../domain/ports/media-tools.js'
import {FRAME_HEIGHT, FRAME_WIDTH, type SmallFrame} from '../../domain/shots/look.js'
import type {FoundTools} from './find.js'
import {TOOL_LIMITS, type ToolLimits} from './limits.js'
import {probeArgs, readProbe, textSubtitles} from './probe.js'
import {readRawMatroska} from './raw-matroska.js'
import {inputArgs, runTool} from './run.js'
import {streamTool} from './stream.js'
import {readSubtitles} from './subtitles.js'

/** Each thread of a decoder holds frames of its own: 7 MB of Full HD, 26 MB of 4K. By itself ffmpeg takes up to 16 of them. */
const MOST_DECODING_THREADS = 8

interface VideoToolsConfig {
  /** Called at the first use, and again where that failed. */
  find: () => Promise<FoundTools>
  limits?: ToolLimits
  /** What ffmpeg's `-hwaccel` is told; decoding in software where it is not given. */
  hardwareDecoding?: string | undefined
  /** As many as this machine has where it is not given. */
  cores?: number
}

interface Decoding {
  device?: string | undefined
  cores: number
}

/** Opens the ffmpeg tools. */
export function openVideoTools({
  find,
  limits = TOOL_LIMITS,
  hardwareDecoding,
  cores = availableParallelism(),
}: VideoToolsConfig): VideoTools {
  const {get: tools} = openedOnce(find)
  const {memoryBytes} = limits

  return {
    async probe(path, {signal} = {}) {
      const {ffprobe} = await tools()
      return readProbe(await runTool(ffprobe.path, probeArgs(path), {timeoutMs: limits.probeMs, memoryBytes, signal}))
    },

    async subtitles(path, {signal} = {}) {
      const {ffmpeg, ffprobe} = await tools()
      const probed = await runTool(ffprobe.path, probeArgs(path), {timeoutMs: limits.probeMs, memoryBytes, signal})
      return readSubtitles(ffmpeg.path, path, textSubtitles(probed), {timeoutMs: limits.subtitlesMs, memoryBytes, signal})
    },

    async *smallFrames(path, {signal} = {}) {
      const {ffmpeg} = await tools()
      const {stallMs, decodeMs: timeoutMs} = limits
      const decode = async function* (device?: string): AsyncGenerator<SmallFrame, void, undefined> {
        const bytes = streamTool(ffmpeg.path, smallFrameArgs(path, {device, cores}), {stallMs, timeoutMs, memoryBytes, signal})
        for await (const {atMs, data} of readRawMatroska(bytes)) yield {atMs, luma: data}
      }
      if (hardwareDecoding !== undefined) {
        let frames = 0
        try {
          for await (const frame of decode(hardwareDecoding)) {
            frames++
            yield frame
          }
        } catch (error) {
          if (frames > 0 || !isBroken(error)) throw error
        }
        if (frames > 0) return
        // A device that is not there, or does not know this codec, says nothing about the file.
      }
      yield* decode()
    },

    async extractFrame(path, atMs, target, maxSide, {signal} = {}) {
      const {ffmpeg} = await tools()
      const part = `${target}.${process.pid}.part.jpg`
      const seek = ['-ss', (atMs / 1000).toFixed(3)]
      const argsOf = (input: string[]): string[] => [
        ...['-nostdin', '-v', 'error', '-y', '-threads', '1', ...input],
        ...['-frames:v', '1', '-an', '-sn', '-dn'],
        ...['-vf', `${fittedInto(maxSide)},setsar=1,format=yuvj420p`],
        ...['-q:v', '3', '-f', 'image2', '-update', '1', part],
      ]
      try {
        // Before the input it seeks by keyframes and decodes only from there on; a stream cut out of another one may have none to seek by.
        for (const input of [
          [...seek, ...inputArgs(path)],
          [...inputArgs(path), ...seek],
        ]) {
          await runTool(ffmpeg.path, argsOf(input), {timeoutMs: limits.frameMs, memoryBytes, signal})
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
function smallFrameArgs(path: string, {device, cores}: Decoding): string[] {
  return [
    ...['-nostdin', '-v', 'error'],
    ...(device === undefined ? [] : ['-hwaccel', device]),
    ...(cores < MOST_DECODING_THREADS ? [] : ['-threads', String(MOST_DECODING_THREADS)]),
    ...inputArgs(path),
    ...['-map', '0:V:0', '-an', '-sn', '-dn', '-enc_time_base', '1:1000'],
    ...['-vf', `scale=${FRAME_WIDTH}:${FRAME_HEIGHT}:flags=area:out_range=full,format=gray`],
    ...['-c:v', 'rawvideo', '-f', 'matroska', 'pipe:1'],
  ]
}

function isBroken(error: unknown): boolean {
  return error instanceof MediaForgeError && error.code === 'FILE_BROKEN'
}

/**
 * The picture as it is shown, where its pixels are no squares, too, and no side longer than `maxSide` or than it is. Shapes of pixels that no camera has
 * are taken for a broken header.
 */
function fittedInto(maxSide: number): string {
  const width = `iw*if(between(sar,1/8,8),sar,1)`
  const share = `min(1,${maxSide}/max(${width},ih))`
  return `scale='max(1,round(${width}*${share}))':'max(1,round(ih*${share}))'`
}

async function hasBytes(path: string): Promise<boolean> {
  return stat(path).then(
    ({size}) => size > 0,
    () => false,
  )
}
