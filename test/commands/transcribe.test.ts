import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {FileView} from '../../dist/services/files.js'
import {ffmpeg} from '../support/clips.js'
import {NOTHING_DONE, type ErrorJson, type WorkJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {makeSpeechModel} from '../support/speech-model.js'
import {writeTalk} from '../support/voice.js'

interface Cue {
  startMs: number
  endMs: number
  text: string
  source: string
}
interface TranscribeJson extends WorkJson {
  queued: number
  files: {path: string; cues: Cue[]}[]
}

let box: Sandbox
const at = (name: string): string => join(box.media, name)
const srt = (text: string): string => `1\n00:00:01,000 --> 00:00:02,500\n${text}\n`

beforeAll(async () => {
  box = await openSandbox()
  await writeTalk(at('talk.wav'), [2, 3, 3, 2])
  await writeTalk(at('beside.wav'), [1, 2])
  await writeFile(at('beside.en.srt'), srt('Words that stand <i>beside</i> it'))
  await writeTalk(join(box.root, 'inside.wav'), [1, 2])
  await writeFile(join(box.root, 'inside.srt'), srt('Words that stand within'))
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=160x90:rate=10:duration=3']
  const inputs = [...picture, '-i', join(box.root, 'inside.wav'), '-i', join(box.root, 'inside.srt')]
  await ffmpeg(...inputs, '-c:v', 'mpeg4', '-c:a', 'aac', '-c:s', 'mov_text', at('inside.mp4'))
  await ffmpeg(...picture, '-i', join(box.root, 'inside.wav'), '-c:v', 'mpeg4', '-c:a', 'aac', at('spoken.mp4'))
  await ffmpeg('-f', 'lavfi', '-i', 'anoisesrc=duration=3:amplitude=0.2', at('wordless.wav'))
  await box.run(['scan', box.media, '--queue-only'])
  await box.run(['work', '--kind', 'inspect', '--kind', 'listen'])
}, 120_000)
afterAll(() => box[Symbol.asyncDispose]())

const cuesOf = async (name: string): Promise<Cue[]> => (await box.json<FileView>(['show', at(name)])).cues

describe('before there is a model', () => {
  test('subtitles beside a file and within it are read whenever it is listened to', async () => {
    expect(await cuesOf('beside.wav')).toMatchObject([
      {startMs: 1000, endMs: 2500, text: 'Words that stand beside it', source: 'beside.en.srt'},
    ])
    expect(await cuesOf('inside.mp4')).toMatchObject([
      {startMs: 1000, endMs: 2500, text: 'Words that stand within', source: 'embedded'},
    ])
  })

  test('transcribe says which one to pull, and takes subtitles all the same', async () => {
    expect((await box.json<ErrorJson>(['transcribe', at('talk.wav')])).error).toMatchObject({
      code: 'MODEL_MISSING',
      exitCode: 4,
      hint: expect.stringContaining('mediaforge models pull whisper-base') as string,
    })
    const report = await box.json<TranscribeJson>(['transcribe', at('inside.mp4')])
    expect(report.files[0]?.cues.map(({text}) => text)).toEqual(['Words that stand within'])
  })

  test('one that does not fit is refused whole', async () => {
    const change = {manifest: {decoder: 'onnx/encoder_model.onnx'}}
    const {error} = await box.json<ErrorJson>(['models', 'add', await makeSpeechModel(join(box.root, 'bad'), change)])
    expect(error).toMatchObject({code: 'CONFIG_INVALID', message: expect.stringContaining('past_key_values') as string})
    const numbers = {generation: {eos_token_id: 'none'}}
    const other = await box.json<ErrorJson>(['models', 'add', await makeSpeechModel(join(box.root, 'numbers'), numbers)])
    expect(other.error).toMatchObject({code: 'CONFIG_INVALID', message: expect.stringContaining('eos_token_id') as string})
  })
})

describe('with a model', () => {
  beforeAll(async () => {
    expect(await box.run(['models', 'add', await makeSpeechModel(join(box.root, 'speech'))])).toMatchObject({exitCode: 0})
  })

  test('what is said is written down where somebody speaks, once', async () => {
    const report = await box.json<TranscribeJson>(['transcribe'])
    expect(report).toMatchObject({queued: 5, failures: [], done: {...NOTHING_DONE, transcribe: 5}})
    expect((await box.run(['transcribe'])).stdout).toBe('everything is written down already\n')
    const [first, second, ...others] = await cuesOf('talk.wav')
    expect(others).toEqual([])
    for (const [cue, startMs, endMs] of [
      [first, 2000, 5000],
      [second, 8000, 10_000],
    ] as const) {
      expect(cue).toMatchObject({text: 'a deep voice', source: 'voices'})
      expect(Math.abs((cue?.startMs ?? 0) - startMs)).toBeLessThanOrEqual(250)
      expect(Math.abs((cue?.endMs ?? 0) - endMs)).toBeLessThanOrEqual(500)
    }
    expect(await cuesOf('wordless.wav')).toEqual([])
    expect(await cuesOf('spoken.mp4')).toMatchObject([{text: 'a deep voice', source: 'voices'}])
  })

  test('subtitles go before it', async () => {
    expect((await cuesOf('beside.wav')).map(({source}) => source)).toEqual(['beside.en.srt'])
    expect((await cuesOf('inside.mp4')).map(({source}) => source)).toEqual(['embedded'])
  })

  test('words are found, with their time', async () => {
    expect((await box.run(['search', '--lexical', 'deep voice', '--type', 'audio'])).stdout).toMatch(/talk\.wav at 0:0[12]/)
    expect((await box.run(['search', '--lexical', 'stand within'])).stdout).toContain('inside.mp4 at 0:01')
  })

  test('a picture has no words', async () => {
    await ffmpeg('-f', 'lavfi', '-i', 'color=red:size=64x64', '-frames:v', '1', at('red.png'))
    await box.run(['scan', box.media, '--queue-only'])
    await box.run(['work', '--kind', 'inspect'])
    expect((await box.json<ErrorJson>(['transcribe', at('red.png')])).error).toMatchObject({code: 'USAGE', exitCode: 2})
  })
})
