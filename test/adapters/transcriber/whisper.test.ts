import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {logMel} from '../../../dist/adapters/transcriber/mel.js'
import {likeliest} from '../../../dist/adapters/transcriber/token-rules.js'
import {openWhisper} from '../../../dist/adapters/transcriber/whisper.js'
import type {Transcriber} from '../../../dist/domain/ports/transcriber.js'
import {makeSpeechModel} from '../../support/speech-model.js'

const HZ = 16_000
const tone = (frequency: number, seconds: number): Float32Array =>
  Float32Array.from({length: seconds * HZ}, (_, i) => 0.5 * Math.sin((2 * Math.PI * frequency * i) / HZ))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mediaforge-whisper-'))
})
afterAll(() => rm(folder, {recursive: true}))

describe('a model with the layout of Whisper', () => {
  let whisper: Transcriber
  beforeAll(async () => {
    whisper = await openWhisper({folder: await makeSpeechModel(join(folder, 'model')), threads: 1})
  })
  afterAll(() => whisper[Symbol.asyncDispose]())

  test.each([
    [300, 'a deep voice', 3],
    [5000, 'a shrill voice', 7],
    [300, 'a deep voice', 30],
  ])('is shown a spectrogram, and writes in the language that it hears: %i Hz', async (frequency, text, seconds) => {
    const [cue, ...others] = await whisper.transcribe(tone(frequency, seconds))
    expect(others).toEqual([])
    expect(cue).toMatchObject({startMs: 0, text})
    expect(Math.abs((cue?.endMs ?? 0) - seconds * 1000)).toBeLessThanOrEqual(40)
  })

  test('is asked anew where the first answer was stopped', async () => {
    const signal = AbortSignal.abort()
    await expect(whisper.transcribe(tone(300, 1), {signal})).rejects.toMatchObject({code: 'CANCELLED'})
    expect(await whisper.transcribe(tone(300, 1))).toHaveLength(1)
  })
})

test('words that go round in circles are not believed', async () => {
  const model = await makeSpeechModel(join(folder, 'loop'), {loops: true})
  await using whisper = await openWhisper({folder: model, threads: 1})
  expect(await whisper.transcribe(tone(300, 1))).toEqual([])
})

/** Worked out by another program: NumPy's FFT in doubles, and mel filters as librosa defines them. */
test.each([
  [80, [0.53718, -0.51151, 0.87052, -0.54536, -0.54536, -0.54536]],
  [128, [0.46142, 0.03733, -0.52355, -0.52355, -0.30092, -0.52355]],
])('spectrograms of %i bands are those that Whisper was trained on', (bands, expected) => {
  const sweep = Float32Array.from({length: 2 * HZ}, (_, i) => 0.5 * Math.sin(i * i * 2e-5) * Math.exp(-i / 20_000))
  const mel = logMel(sweep, bands)
  expect(mel).toHaveLength(bands * 3000)
  const places = [[0, 0], [10, 5], [40, 100], [70, 180], [79, 199], [20, 2000]] as const // prettier-ignore
  for (const [i, [band, column]] of places.entries()) expect(mel[band * 3000 + column]).toBeCloseTo(expected[i] as number, 4)
})

describe('a token', () => {
  const tokens = {
    ...{start: 3, end: 2, noTimestamps: 5, noSpeech: 4, firstTime: 6, latestStart: 2},
    ...{never: [0], neverFirst: [2], languages: [], transcribe: null},
  }
  /** Words 0 and 1, the end, marks 3 to 5, times 6 to 11. */
  const next = (written: number[], scores: Record<number, number>): number =>
    likeliest(
      Float32Array.from({length: 12}, (_, i) => scores[i] ?? -20),
      written,
      tokens,
    ).id

  test.each([
    ['speech begins with a time, and no late one', [], {1: 9, 11: 8, 7: 1}, 7],
    ['words follow on a beginning', [6], {8: 9, 1: 1}, 1],
    ['after the end of a text comes a beginning', [6, 1, 8], {1: 9, 8: 1}, 8],
    ['or the end of all', [6, 1, 8], {1: 9, 2: 1}, 2],
    ['times never go back', [6, 1, 9, 9, 1], {7: 9, 10: 1}, 10],
    ['and no text ends when it begins', [7, 1], {7: 9, 8: 1}, 8],
    ['some words are never said', [6], {0: 9, 1: 1}, 1],
    ['nor is the mark that there are no times', [6], {5: 9, 1: 1}, 1],
    ['where a time is likelier than any word, it is one', [6, 1], {1: 2, 8: 1.5, 9: 1.5}, 8],
    ['where it is not, it is a word', [6, 1], {1: 3, 8: 1.5, 9: 1.5}, 1],
  ])('%s', (_, written, scores, id) => {
    expect(next(written, scores)).toBe(id)
  })
})
