import {join} from 'node:path'
import {Tensor, type InferenceSession} from 'onnxruntime-node'
import {MediaForgeError} from '../../domain/errors.js'
import type {Pixels} from '../../domain/media.js'
import {openDecoder, type Rows} from '../inference/decoder.js'
import {pictureInput} from '../inference/picture-input.js'
import {assertInputs, inputOf, mismatch, openSession, type Session} from '../inference/session.js'
import {floatsOf, floatTensor, tokenData, FLOAT_TYPES, TOKEN_TYPES} from '../inference/tensors.js'
import {readTokenizer} from '../inference/tokenizer-file.js'
import {detokenizerOf, tokenizerOf} from '../inference/tokenizer.js'
import type {CaptionerData} from './messages.js'
import {nextToken} from './next-token.js'

/** A sentence about a picture. */
export type Describe = (picture: Pixels) => Promise<string>

/**
 * Loads all parts of a captioner. What the vision encoder sees in a picture stands in the prompt as if it were tokens; an encoder reads both where the
 * model has one (Florence-2, arXiv 2311.06242), else the decoder does (SmolVLM, arXiv 2504.05299). The answer is written greedily.
 */
export async function openCaptionModel({folder, manifest, threads, stop}: CaptionerData): Promise<Describe> {
  const {image, text} = manifest
  const look = await openVision(join(folder, image.file), image, threads)
  const embed = await openEmbeddings(join(folder, text.embed), threads)
  const encode = text.encoder === undefined ? null : await openEncoder(join(folder, text.encoder), threads)
  const begin = await openDecoder(join(folder, text.decoder), threads, 'inputs_embeds')
  const {tokenize, detokenize} = await readTokenizer(join(folder, text.tokenizer), 'tokenizer.json', json => ({
    tokenize: tokenizerOf(json as object),
    detokenize: detokenizerOf(json as object),
  }))
  const prompt: (Rows | null)[] = []
  for (const part of text.prompt.split('{picture}')) prompt.push(part === '' ? null : await embed(tokenize(part)))
  const start = encode === null ? null : await embed(text.startIds)

  return async picture => {
    const [before, after] = prompt
    const context = joined([before ?? null, await look(picture), after ?? null])
    const next = begin(encode === null ? null : await encode(context))
    const written = [...text.startIds]
    let rows = start ?? context
    while (written.length < text.startIds.length + text.mostTokens && Atomics.load(stop, 0) === 0) {
      const id = nextToken(await next(rows), written, text.noRepeat)
      if (id === null) throw new MediaForgeError('CONFIG_INVALID', `what ${manifest.name} computes is not a number`)
      if (text.endIds.includes(id)) break
      written.push(id)
      rows = await embed([id])
    }
    return detokenize(written.slice(text.startIds.length)).trim()
  }
}

async function openVision(
  path: string,
  image: CaptionerData['manifest']['image'],
  threads: number,
): Promise<(picture: Pixels) => Promise<Rows>> {
  const session = await openSession(path, threads)
  const input = pictureInput(session, path, image)
  assertInputs(session, path, [image.input, ...(image.mask === undefined ? [] : [image.mask])])
  const {width, height} = image.crop ?? image.resize
  // Pictures fill their square, so that every pixel counts.
  const mask = image.mask !== undefined && session.inputNames.includes(image.mask) ? image.mask : null
  const seen = new Tensor('bool', new Uint8Array(width * height).fill(1), [1, 1, height, width])
  return async picture => {
    const feeds = {[image.input]: input.tensorOf([picture]), ...(mask === null ? {} : {[mask]: seen})}
    return rowsOf(path, image.output, await session.run(feeds, outputsOf(session, path, image.output)))
  }
}

async function openEmbeddings(path: string, threads: number): Promise<(ids: readonly number[]) => Promise<Rows>> {
  const session = await openSession(path, threads)
  const {type} = inputOf(session, path, 'input_ids', TOKEN_TYPES)
  assertInputs(session, path, ['input_ids'])
  const fetches = outputsOf(session, path, 'inputs_embeds')
  return async ids => {
    const tensor = new Tensor(type, tokenData(type, ids) as never, [1, ids.length])
    return rowsOf(path, 'inputs_embeds', await session.run({input_ids: tensor}, fetches))
  }
}

async function openEncoder(path: string, threads: number): Promise<(context: Rows) => Promise<Rows>> {
  const session = await openSession(path, threads)
  const embeds = inputOf(session, path, 'inputs_embeds', FLOAT_TYPES)
  const mask = inputOf(session, path, 'attention_mask', TOKEN_TYPES)
  assertInputs(session, path, ['inputs_embeds', 'attention_mask'])
  const fetches = outputsOf(session, path, 'last_hidden_state')
  return async ({rows, data}) => {
    const all = Array<number>(rows).fill(1)
    const feeds = {
      inputs_embeds: floatTensor(embeds.type, data, [1, rows, data.length / rows]),
      attention_mask: new Tensor(mask.type, tokenData(mask.type, all) as never, [1, rows]),
    }
    return rowsOf(path, 'last_hidden_state', await session.run(feeds, fetches))
  }
}

function outputsOf(session: Session, path: string, name: string): [string] {
  if (!session.outputNames.includes(name)) {
    throw mismatch(path, `it has no output '${name}', only ${session.outputNames.join(', ')}`)
  }
  return [name]
}

function rowsOf(path: string, name: string, outputs: InferenceSession.OnnxValueMapType): Rows {
  const {data, dims} = outputs[name] as Tensor
  const width = dims.at(-1) ?? 0
  if (width === 0) throw mismatch(path, `its output '${name}' is empty`)
  const floats = floatsOf(data)
  return {rows: floats.length / width, data: floats}
}

/** Vectors of several sources in a row. Rejects with `CONFIG_INVALID` where they have different lengths. */
function joined(parts: readonly (Rows | null)[]): Rows {
  const some = parts.filter(part => part !== null)
  const widths = new Set(some.map(({rows, data}) => data.length / rows))
  if (widths.size > 1) {
    throw new MediaForgeError('CONFIG_INVALID', `pictures and words have vectors of ${[...widths].join(' and ')} numbers`, {
      hint: 'all files of a captioner belong to one model: pull or add it again',
    })
  }
  const data = new Float32Array(some.reduce((sum, part) => sum + part.data.length, 0))
  let at = 0
  for (const part of some) {
    data.set(part.data, at)
    at += part.data.length
  }
  return {rows: some.reduce((sum, {rows}) => sum + rows, 0), data}
}
