import {COMMON_NOUNS} from './common-nouns.js'

/** The name of a place, a camera or a kind of music: lower case, one space between words, and otherwise as it is. */
export function normaliseName(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_]+/g, ' ')
    .replace(/^[\s#]+|[\s.,;:!]+$/g, '')
    .trim()
}

/**
 * One name for one thing: what people and models write is brought to lower case, well-known things to their singular, and well-known
 * synonyms to one word.
 */
export function normaliseTag(text: string): string {
  const spaced = normaliseName(text)
  if (spaced === '') return ''
  const known = SYNONYMS[spaced]
  if (known !== undefined) return known
  const words = spaced.split(' ')
  const last = words.pop() as string
  const name = [...words, singular(last)].join(' ')
  return SYNONYMS[name] ?? name
}

/** Normalised, without empty ones and repetitions, in the order they came. */
export function normaliseTags(texts: readonly string[]): string[] {
  return [...new Set(texts.map(normaliseTag))].filter(name => name !== '')
}

const SYNONYMS: Readonly<Record<string, string | undefined>> = {
  automobile: 'car',
  bike: 'bicycle',
  motorbike: 'motorcycle',
  aeroplane: 'airplane',
  plane: 'airplane',
  aircraft: 'airplane',
  doggy: 'dog',
  puppy: 'dog',
  kitten: 'cat',
  kitty: 'cat',
  people: 'person',
  human: 'person',
  sofa: 'couch',
  television: 'tv',
  tvmonitor: 'tv',
  tele: 'tv',
  'cellular phone': 'cell phone',
  cellphone: 'cell phone',
  'mobile phone': 'cell phone',
  smartphone: 'cell phone',
  pottedplant: 'potted plant',
  diningtable: 'dining table',
  'black and white': 'black-and-white',
  'b&w': 'black-and-white',
  monochrome: 'black-and-white',
  autumnal: 'autumn',
  fall: 'autumn',
  nighttime: 'night',
  'night time': 'night',
}

const IRREGULAR: Readonly<Record<string, string | undefined>> = {
  men: 'man',
  women: 'woman',
  children: 'child',
  grandchildren: 'grandchild',
  feet: 'foot',
  geese: 'goose',
  mice: 'mouse',
}

/** English singular by its rules, for one lower-case word, where that is a thing we know; all else stays as it is. */
function singular(word: string): string {
  const irregular = IRREGULAR[word]
  if (irregular !== undefined) return irregular
  return candidates(word).find(candidate => COMMON_NOUNS.has(candidate) || candidate in SYNONYMS) ?? word
}

function candidates(word: string): string[] {
  if (!word.endsWith('s') || COMMON_NOUNS.has(word)) return []
  const singulars = [word.slice(0, -1)]
  if (word.endsWith('ies')) singulars.unshift(`${word.slice(0, -3)}y`)
  if (word.endsWith('ves')) singulars.push(`${word.slice(0, -3)}f`, `${word.slice(0, -3)}fe`)
  if (word.endsWith('es')) singulars.push(word.slice(0, -2))
  return singulars
}
