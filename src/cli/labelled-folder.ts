import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import * as v from 'valibot'
import {MediaForgeError} from '../domain/errors.js'

/** One picture of a folder that people have labelled: `objects` are all the things in it, `captions` what people said of it. */
export interface LabelledPicture {
  file: string
  objects: string[]
  captions: string[]
}

const FileSchema = v.array(
  v.object({file: v.string(), objects: v.optional(v.array(v.string()), []), captions: v.optional(v.array(v.string()), [])}),
)

/** What `labels.json` or `captions.json` of a folder says. Rejects with `USAGE` where neither is there or says anything of pictures. */
export async function readLabels(folder: string): Promise<LabelledPicture[]> {
  for (const name of ['labels.json', 'captions.json']) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => null)
    if (text === null) continue
    const pictures = v.safeParse(FileSchema, parseJson(text))
    if (pictures.success && pictures.output.some(({objects, captions}) => objects.length + captions.length > 0)) {
      return pictures.output
    }
    throw new MediaForgeError('USAGE', `${join(folder, name)} is no list of pictures with objects or captions`, {hint: SHAPES})
  }
  throw new MediaForgeError('USAGE', `${folder} has neither labels.json nor captions.json`, {hint: SHAPES})
}

const SHAPES =
  'labels.json: [{"file": "a.jpg", "objects": ["dog"]}], captions.json: [{"file": "a.jpg", "captions": ["a dog runs"]}]'

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
