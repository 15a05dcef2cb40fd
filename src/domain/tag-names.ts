/**
 * One name for one thing: what people and models write is brought to a lower-case singular, and well-known synonyms to one word.
 */
export function normaliseTag(text: string): string {
  const spaced = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_]+/g, ' ')
    .replace(/^[\s#]+|[\s.,;:!]+$/g, '')
    .trim()
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
  man: 'person',
  woman: 'person',
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
  feet: 'foot',
  teeth: 'tooth',
  geese: 'goose',
  mice: 'mouse',
  knives: 'knife',
  wives: 'wife',
  leaves: 'leaf',
  wolves: 'wolf',
  shelves: 'shelf',
  loaves: 'loaf',
  calves: 'calf',
  lives: 'life',
  oxen: 'ox',
  zoos: 'zoo',
  shoes: 'shoe',
  toes: 'toe',
  canoes: 'canoe',
  movies: 'movie',
  cookies: 'cookie',
  selfies: 'selfie',
  ties: 'tie',
  pies: 'pie',
  lenses: 'lens',
  gases: 'gas',
  axes: 'axe',
  fuses: 'fuse',
  muses: 'muse',
  caches: 'cache',
  headaches: 'headache',
  moustaches: 'moustache',
}

/** Words that end like a plural and are none, or are only ever used as one. */
const UNCOUNTED = new Set(
  'gas news series species scissors skis jeans trousers pants shorts glasses sunglasses binoculars headphones clothes athletics gymnastics tennis paris texas dallas athens naples brussels wales philippines netherlands maldives alps andes himalayas olympics christmas texas swiss chess kubernetes maths physics lens iris cactus octopus hippopotamus campus circus virus christmas always'.split(
    ' ',
  ),
)

/** English singular by its regular rules, for one lower-case word; words of other shapes stay as they are. */
function singular(word: string): string {
  const irregular = IRREGULAR[word]
  if (irregular !== undefined) return irregular
  if (word.length < 4 || UNCOUNTED.has(word) || !word.endsWith('s')) return word
  if (/(ss|us|is|ous)$/.test(word)) return word
  if (/[^aeiou]ies$/.test(word)) return `${word.slice(0, -3)}y`
  if (/(ss|x|tz|zz|ch|sh|[^aeo]us)es$/.test(word)) return word.slice(0, -2)
  if (/[^aeiou]oes$/.test(word)) return word.slice(0, -2)
  return word.slice(0, -1)
}
