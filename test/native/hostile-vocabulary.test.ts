import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {writeGguf} from '../../dist/adapters/gguf/write-gguf.js'
import {readCpuFeatures} from '../../dist/adapters/native/cpu.js'
import {openRyot, type RyotEngine} from '../../dist/adapters/native/ryot.js'
import {nativeEngineVerdict} from '../../dist/domain/cpu.js'
import {spmVocabulary} from '../support/vocabulary.js'

const {allowed, reason} = nativeEngineVerdict(readCpuFeatures())
const USER_DEFINED = 4
const NAMES = 1000

describe.skipIf(!allowed)(`a vocabulary of names within names${allowed ? '' : ` (skipped: ${reason})`}`, () => {
  let folder: string
  let engine: RyotEngine
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mediaforge-hostile-'))
    const path = join(folder, 'names.gguf')
    const names = Array.from({length: NAMES}, (_, i) => 'a'.repeat(i + 1))
    const {header} = spmVocabulary()
    const bytes = Array.from({length: 256}, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)
    await writeGguf(
      path,
      {
        ...header,
        'general.architecture': 'llama',
        'tokenizer.ggml.tokens': {texts: ['<unk>', '<s>', '</s>', ...bytes, ...names]},
        'tokenizer.ggml.scores': {floats: Array.from({length: 259 + NAMES}, () => 0)},
        'tokenizer.ggml.token_type': {ints: [2, 3, 3, ...bytes.map(() => 6), ...names.map(() => USER_DEFINED)]},
      },
      [],
    )
    engine = new (openRyot().Engine)()
    await engine.load({path, vocabularyOnly: true})
  })
  afterAll(async () => {
    await engine.close()
    await rm(folder, {recursive: true})
  })

  it('takes the longest one again and again, and memory in proportion to the text', async () => {
    const before = process.memoryUsage.rss()
    const tokens = await engine.tokenize('a'.repeat(100 * NAMES + 7), {special: false, bos: false})
    expect(Array.from(tokens)).toEqual([...Array.from({length: 100}, () => 258 + NAMES), 258 + 7])
    // All names at all places would be 2.4 GB.
    expect(process.memoryUsage.rss() - before).toBeLessThan(300e6)
  })

  it('is left at once when that is asked for', async () => {
    const tokens = engine.tokenize('a'.repeat(5_000_000), {id: 1, special: false, bos: false})
    setTimeout(() => engine.abort(1), 20)
    await expect(tokens).rejects.toMatchObject({code: 'CANCELLED'})
  })
})
