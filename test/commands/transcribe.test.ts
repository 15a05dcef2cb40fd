import {mkdir, readdir, readFile, rename, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {throwIfCancelled} from '../../dist/domain/errors.js'
import type {Job} from '../../dist/domain/jobs.js'
import type {Transcriber} from '../../dist/domain/ports/transcriber.js'
import type {Session} from '../../dist/cli/compose.js'
import {showFile} from '../../dist/services/files.js'
import {transcribe, type TranscriptReport} from '../../dist/services/transcripts.js'
import {ffmpeg} from '../support/clips.js'
import {NOTHING_DONE, type ErrorJson, type WorkJson} from '../support/reports.js'
import {openSandbox, type Sandbox} from '../support/sandbox.js'
import {composeFor} from '../support/session.js'
import {makeSpeechModel} from '../support/speech-model.js'
import {encoded} from '../support/encoded.js'
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
  subtitles: {written: string[]; kept: string[]; failures: object[]} | null
}

let box: Sandbox
let session: Session
const at = (name: string): string => join(box.media, name)
const srt = (text: string): string => `1\n00:00:01,000 --> 00:00:02,500\n${text}\n`

beforeAll(async () => {
  box = await openSandbox()
  await writeTalk(at('talk.wav'), [2, 3, 3, 2])
  await writeTalk(at('beside.wav'), [1, 2])
  await writeFile(at('beside.en.srt'), srt('Words that stand <i>beside</i> it'))
  await writeTalk(join(box.root, 'inside.wav'), [1, 2])
  await writeFile(join(box.root, 'inside.srt'), srt('Words that stand within'))
  await writeFile(join(box.root, 'inside.de.srt'), srt('Worte darin'))
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=160x90:rate=10:duration=3']
  const inputs = [...picture, '-i', join(box.root, 'inside.wav'), '-i', join(box.root, 'inside.srt')]
  const german = ['-i', join(box.root, 'inside.de.srt'), ...[0, 1, 2, 3].flatMap(input => ['-map', String(input)])]
  const languages = ['-metadata:s:s:0', 'language=eng', '-metadata:s:s:1', 'language=ger']
  await ffmpeg(...inputs, ...german, ...languages, '-c:v', 'mpeg4', '-c:a', 'aac', '-c:s', 'mov_text', at('inside.mp4'))
  await ffmpeg(...picture, '-i', join(box.root, 'inside.wav'), '-c:v', 'mpeg4', '-c:a', 'aac', at('spoken.mp4'))
  const russian = encoded(srt('Привет, мир'), 'windows-1251')
  await writeFile(join(box.root, 'russian.srt'), russian)
  await ffmpeg(
    '-i',
    join(box.root, 'inside.wav'),
    '-i',
    join(box.root, 'russian.srt'),
    '-c:a',
    'flac',
    '-c:s',
    'copy',
    at('within.mka'),
  )
  await writeTalk(at('russian.wav'), [1, 1])
  await writeFile(at('russian.wav.srt'), russian)
  await ffmpeg('-f', 'lavfi', '-i', 'anoisesrc=duration=3:amplitude=0.2', at('wordless.wav'))
  await box.json(['scan', box.media, '--queue-only'])
  await box.json(['work', '--kind', 'inspect', '--kind', 'listen'])
  session = await composeFor(box)
}, 120_000)
afterAll(async () => {
  await session[Symbol.asyncDispose]()
  await box[Symbol.asyncDispose]()
})

const cuesOf = async (name: string): Promise<Cue[]> => (await showFile(session.ports, at(name))).cues

describe('before there is a model', () => {
  test('subtitles beside a file and within it are read whenever it is listened to', async () => {
    expect(await cuesOf('beside.wav')).toMatchObject([
      {startMs: 1000, endMs: 2500, text: 'Words that stand beside it', source: 'beside.en.srt'},
    ])
    expect(await cuesOf('inside.mp4')).toMatchObject([
      {startMs: 1000, endMs: 2500, text: 'Words that stand within', source: 'embedded'},
      {startMs: 1000, endMs: 2500, text: 'Worte darin', source: 'embedded'},
    ])
  })

  test.each(['russian.wav', 'within.mka'])('also in an encoding of another time: %s', async name => {
    expect((await cuesOf(name)).map(({text}) => text)).toEqual(['Привет, мир'])
  })

  test('transcribe says which one to pull, and takes subtitles all the same', async () => {
    expect((await box.json<ErrorJson>(['transcribe', at('talk.wav')])).error).toMatchObject({
      code: 'MODEL_MISSING',
      exitCode: 4,
      hint: expect.stringContaining('mediaforge models pull whisper-base') as string,
    })
    const {stdout} = await box.call(['transcribe', '--quiet'])
    expect(stdout).toBe(
      '6 files searched for subtitles; no model writes down what has none: mediaforge models pull whisper-base\n',
    )
    const report = await box.json<TranscribeJson>(['transcribe', at('inside.mp4')])
    expect(report.files[0]?.cues.map(({text}) => text)).toEqual(['Words that stand within', 'Worte darin'])
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
    expect(report).toMatchObject({queued: 7, failures: [], done: {...NOTHING_DONE, transcribe: 7}})
    expect((await box.call(['transcribe'])).stdout).toBe('everything is written down already\n')
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
    expect((await cuesOf('inside.mp4')).map(({source}) => source)).toEqual(['embedded', 'embedded'])
  })

  test('where they go, it is asked, and where they come, it is not', async () => {
    await rename(at('beside.en.srt'), join(box.root, 'away.srt'))
    expect((await box.json<TranscribeJson>(['transcribe', at('beside.wav')])).files[0]?.cues).toMatchObject([{source: 'voices'}])
    await rename(join(box.root, 'away.srt'), at('beside.en.srt'))
    expect((await box.json<TranscribeJson>(['transcribe', at('beside.wav')])).files[0]?.cues).toMatchObject([
      {source: 'beside.en.srt'},
    ])
  })

  test('words are found, with their time', async () => {
    expect((await box.call(['search', '--lexical', 'deep voice', '--type', 'audio'])).stdout).toMatch(/talk\.wav at 0:0[12]/)
    expect((await box.call(['search', '--lexical', 'stand within'])).stdout).toContain('inside.mp4 at 0:01')
  })

  describe('subtitle files', () => {
    test('are written beside the media, and never over another', async () => {
      await writeFile(at('spoken.srt'), 'mine')
      const report = await box.json<TranscribeJson>(['transcribe', '--subtitles', 'srt'])
      expect(report.subtitles).toEqual({
        written: [at('inside.srt'), at('talk.srt'), at('within.srt')],
        kept: [at('spoken.srt')],
        failures: [],
      })
      expect(await readFile(at('spoken.srt'), 'utf8')).toBe('mine')
      expect(await readFile(at('talk.srt'), 'utf8')).toMatch(
        /^1\n00:00:0[12],\d{3} --> 00:00:0[45],\d{3}\na deep voice\n\n2\n00:00:0[78],\d{3} --> 00:00:(09|10),\d{3}\na deep voice\n$/,
      )
      expect((await readdir(box.media)).filter(name => name.endsWith('.tmp'))).toEqual([])
      await rm(at('talk.srt'))
      await rm(at('spoken.srt'))
      await rm(at('inside.srt'))
      await rm(at('within.srt'))
    })

    test('are written into a mirror of the folders', async () => {
      const to = join(box.root, 'mirror')
      await mkdir(to)
      const run = await box.run(['transcribe', at('talk.wav'), '--subtitles', 'vtt', '--to', to])
      expect(run).toMatchObject({exitCode: 0, stdout: expect.stringContaining('talk.vtt') as string})
      expect(await readFile(`${to}${at('talk.vtt')}`, 'utf8')).toMatch(/^WEBVTT\n\n1\n/)
      const again = await box.run(['transcribe', at('talk.wav'), '--subtitles', 'vtt', '--to', to])
      expect(again.stdout).toContain('1 subtitle file of that name there already, left as it is')
    })

    test('that cannot be written are rows, and the words are kept', async () => {
      const to = join(box.root, 'blocked')
      await mkdir(to)
      await writeFile(join(to, box.media.split('/')[1] ?? ''), 'a file where a folder would be')
      const report = await box.json<TranscribeJson>(['transcribe', at('talk.wav'), '--subtitles', 'srt', '--to', to])
      expect(report.subtitles).toMatchObject({written: [], failures: [{path: at('talk.wav'), code: 'FILE_UNREADABLE'}]})
      expect(await cuesOf('talk.wav')).toHaveLength(2)
    })
  })

  test('a picture has no words', async () => {
    await ffmpeg('-f', 'lavfi', '-i', 'color=red:size=64x64', '-frames:v', '1', at('red.png'))
    await box.json(['scan', box.media, '--queue-only'])
    await box.json(['work', '--kind', 'inspect'])
    expect((await box.json<ErrorJson>(['transcribe', at('red.png')])).error).toMatchObject({code: 'USAGE', exitCode: 2})
  })
})

describe('a long file', () => {
  /** More pieces than are written down in one go. */
  const PIECES = 25
  const STEP_MS = 10_000

  let contentId: number
  let asked: number
  let breaksAt: number
  let control: AbortController
  beforeAll(async () => {
    await ffmpeg('-f', 'lavfi', '-i', `sine=frequency=300:duration=${(PIECES * STEP_MS) / 1000}`, '-ar', '8000', at('long.wav'))
    await box.json(['scan', box.media, '--queue-only'])
    await box.json(['work', '--kind', 'inspect', '--kind', 'listen'])
    contentId = (await showFile(session.ports, at('long.wav'))).location.contentId as number
    // Where somebody speaks is a matter of the voice detector; here it is known.
    const spans = Array.from({length: PIECES}, (_, i) => ({startMs: i * STEP_MS, endMs: i * STEP_MS + 2000}))
    const {library} = session.ports
    const sounds = spans.map(span => ({...span, kind: 'speech' as const, label: 'speech', score: 1, model: null}))
    await library.enqueue([{kind: 'listen', subject: contentId}])
    const [job] = await library.claim('listen', 1, 'a test')
    const sound = {loudness: null, levelBySecond: new Int8Array(0), sounds}
    const version = (await library.passes(contentId)).listen ?? ''
    await library.finish(job as Job, 'a test', {writes: [{type: 'sound', contentId, sound}], next: [], version})
    const transcriber: Transcriber = {
      model: 'recorded',
      transcribe(samples) {
        if (asked++ === breaksAt) control.abort()
        throwIfCancelled(control.signal)
        return Promise.resolve([{startMs: 0, endMs: samples.length / 16, text: `piece ${asked}`}])
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
    session.ports.transcriber = () => Promise.resolve(transcriber)
  })

  const run = (): Promise<TranscriptReport> => {
    asked = 0
    control = new AbortController()
    return transcribe(session.ports, {paths: [at('long.wav')]}, {signal: control.signal})
  }

  test('that was interrupted is gone on with where it stopped, and has all its words in the end', async () => {
    breaksAt = 22
    await expect(run()).rejects.toMatchObject({code: 'CANCELLED'})
    expect(await session.ports.library.cues(contentId)).toHaveLength(20)
    breaksAt = Infinity
    const report = await run()
    expect(asked).toBe(PIECES - 20)
    expect(report.done.transcribe).toBe(1)
    expect(report.files[0]?.cues.map(({startMs}) => startMs)).toEqual(Array.from({length: PIECES}, (_, i) => i * STEP_MS))
    // The same model would say the same again.
    await run()
    expect(asked).toBe(0)
  })
})
