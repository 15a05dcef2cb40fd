import * as v from 'valibot'
import {MediaForgeError} from '../../domain/errors.js'
import {captionerFamily, guessCaptioner} from './guess-captioner.js'
import {dualEncoderFamily, guessDualEncoder} from './guess-dual-encoder.js'
import {documentOf, MANIFEST_FILE, type Document} from './manifest.js'
import {readJson} from './transformers-files.js'

/**
 * A manifest for a model as transformers.js keeps it: `config.json`, `preprocessor_config.json`, `tokenizer.json`, and its parts in `onnx/`. Rejects with
 * `USAGE` where the folder is of a kind that is not known.
 */
export async function guessManifest(source: string, paths: readonly string[], name: string): Promise<Document> {
  const {model_type: type} = await readJson(source, 'config.json', v.looseObject({model_type: v.string()}))
  const [dualEncoder, captioner] = [dualEncoderFamily(type), captionerFamily(type)]
  const model = {source, paths}
  const known =
    dualEncoder !== undefined
      ? await guessDualEncoder(model, dualEncoder)
      : captioner !== undefined
        ? await guessCaptioner(model, captioner)
        : null
  if (known === null) {
    throw new MediaForgeError(
      'USAGE',
      `${source} holds a model of the type '${type}', and clip, siglip, florence2 and smolvlm are known`,
      {
        hint: `write a ${MANIFEST_FILE} for it, as those in mediaforge's folder data/models`,
      },
    )
  }
  const told = {name, title: `${type} from ${source}`, unverified: 'its manifest was guessed from the files beside it'}
  return documentOf({...told, ...known}, `what was guessed of ${source}`)
}
