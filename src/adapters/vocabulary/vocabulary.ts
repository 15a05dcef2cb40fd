import {readdir, readFile, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {MediaForgeError, messageOf} from '../../domain/errors.js'
import {fingerprint} from '../../domain/fingerprint.js'
import {openedOnce} from '../../domain/opened-once.js'
import type {Vocabularies} from '../../domain/ports/vocabulary.js'
import {brokenHeading, parseVocabulary, type Vocabulary} from '../../domain/vocabulary.js'

const FOLDER = fileURLToPath(new URL('../../../data/vocabulary', import.meta.url))

/** All labels of the program together are far smaller. */
const LARGEST_FILE = 1_000_000

/** Reads the program's own labels once, and those of a person's `.txt` files in `ownFolder`. */
export function openVocabularies(ownFolder: string): Vocabularies {
  return {read: openedOnce(() => read(ownFolder)).get}
}

async function read(ownFolder: string): Promise<Vocabulary> {
  const own = await readdir(ownFolder).catch(() => [])
  const paths = [
    ...(await readdir(FOLDER)).sort().map(name => join(FOLDER, name)),
    ...own.sort().map(name => join(ownFolder, name)),
  ].filter(path => path.endsWith('.txt'))
  const texts = await Promise.all(paths.map(readLabels))
  return {labels: parseVocabulary(texts), version: fingerprint(texts.join('\n'))}
}

async function readLabels(path: string): Promise<string> {
  const refuse = (problem: string, cause?: unknown): MediaForgeError =>
    new MediaForgeError('CONFIG_INVALID', `the labels in ${path}${problem}`, {
      hint: 'labels are text, separated by commas; = before other words, [parent] above what belongs to it',
      cause,
    })
  let text: string
  try {
    const {size} = await stat(path)
    if (size > LARGEST_FILE) throw new Error(`it has ${size} bytes, and ${LARGEST_FILE} are read at most`)
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw refuse(` cannot be read: ${messageOf(error)}`, error)
  }
  if (text.includes('\0')) throw refuse(': it is no text')
  const line = brokenHeading(text)
  if (line !== null) throw refuse(`:${line}: the heading has no end`)
  return text
}
