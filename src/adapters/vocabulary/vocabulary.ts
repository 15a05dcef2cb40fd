import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {MediaForgeError, messageOf} from '../../domain/errors.js'
import {fingerprint} from '../../domain/fingerprint.js'
import type {Vocabularies} from '../../domain/ports/vocabulary.js'
import {parseVocabulary, type Vocabulary} from '../../domain/vocabulary.js'

const FOLDER = fileURLToPath(new URL('../../../data/vocabulary', import.meta.url))

/** Reads the program's own labels once, and those of a person's `.txt` files in `ownFolder`. */
export function openVocabularies(ownFolder: string): Vocabularies {
  let vocabulary: Promise<Vocabulary> | undefined
  return {read: () => (vocabulary ??= read(ownFolder))}
}

async function read(ownFolder: string): Promise<Vocabulary> {
  const own = await readdir(ownFolder).catch(() => [])
  const paths = [
    ...(await readdir(FOLDER)).sort().map(name => join(FOLDER, name)),
    ...own.sort().map(name => join(ownFolder, name)),
  ].filter(path => path.endsWith('.txt'))
  try {
    const texts = await Promise.all(paths.map(path => readFile(path, 'utf8')))
    return {labels: parseVocabulary(texts), version: fingerprint(texts.join('\n'))}
  } catch (error) {
    throw new MediaForgeError('CONFIG_INVALID', `the labels in ${ownFolder} cannot be read: ${messageOf(error)}`, {cause: error})
  }
}
