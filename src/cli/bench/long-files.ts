import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {execa} from 'execa'
import type {JobKind} from '../../domain/jobs.js'
import {scan} from '../../services/scan.js'
import {drain} from '../../services/worker.js'
import {compose} from '../compose.js'
import type {BenchResult} from './measure.js'
import {peakMegabytes} from './program.js'
import type {BenchContext} from './suites.js'

const PART_SECONDS = 60
const HOURS = 3

/** What an hour and more of one file costs in memory: the stage, what it is given, and what ffmpeg draws or plays of it. */
const LONG_FILES = [
  {
    name: 'video.memory',
    kind: 'frames',
    file: 'long.mp4',
    unit: `MB with ffmpeg, shots of ${HOURS} hours of video`,
    source: `testsrc2=size=96x54:rate=25:duration=${PART_SECONDS}`,
    encode: ['-c:v', 'mpeg4', '-q:v', '9'],
  },
  {
    name: 'video.memorySound',
    kind: 'listen',
    file: 'long.m4a',
    unit: `MB with ffmpeg, listening to ${HOURS} hours of sound`,
    // Noise is looked at by every model there is; silence by none.
    source: `anoisesrc=amplitude=0.1:sample_rate=16000:duration=${PART_SECONDS}`,
    encode: ['-c:a', 'aac'],
  },
] as const satisfies {name: string; kind: JobKind; file: string; unit: string; source: string; encode: string[]}[]

/** The most memory that a worker and ffmpeg take together over files of hours, with everything that belongs to a library. */
export async function* longFiles(ffmpeg: string, {config, folder, signal}: BenchContext): AsyncIterable<BenchResult> {
  const library = {...config, dataDir: join(folder, 'long-library'), cacheDir: join(folder, 'long-library')}
  const peerValue = await peakMegabytes(['--version'], library, signal)
  for (const {name, kind, file, unit, source, encode} of LONG_FILES) {
    const long = join(folder, `long-${kind}`)
    await mkdir(long)
    await makeLong(ffmpeg, [source, ...encode], join(folder, `part-${file}`), join(long, file), signal)
    {
      await using session = await compose(library)
      await scan(session.ports, [long], {}, {signal})
      await drain(session.ports, {kinds: ['inspect']}, {signal})
    }
    const value = await peakMegabytes(['work', '--kind', kind, '--quiet'], library, signal)
    yield {name, value, unit, peer: 'mediaforge --version', peerValue, ratio: value / peerValue, rounds: 1}
  }
}

/** Encodes a minute and repeats it as it is: to encode hours would take longer than all that is measured. */
async function makeLong(
  ffmpeg: string,
  [source, ...encode]: [string, ...string[]],
  part: string,
  path: string,
  cancelSignal: AbortSignal,
): Promise<void> {
  await execa(ffmpeg, ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...encode, part], {cancelSignal})
  const repeats = String((HOURS * 3600) / PART_SECONDS - 1)
  await execa(ffmpeg, ['-v', 'error', '-y', '-stream_loop', repeats, '-i', part, '-c', 'copy', path], {cancelSignal})
}
