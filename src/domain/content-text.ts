import type {MediaFacts} from './media.js'

/** The words that describe a content before any model has looked, by where they come from. */
export interface ContentText {
  name: string
  folder: string
  captions: string
  metadata: string
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ')

/**
 * The text of a content for full-text search: `places` are its locations' file names and their folders, relative to the root.
 */
export function contentText(places: {name: string; folder: string}[], facts: MediaFacts): ContentText {
  return {
    name: unique(places.map(place => place.name)),
    folder: unique(places.map(place => place.folder)),
    captions: unique([facts.title, facts.description, facts.exportedCaption]),
    metadata: unique([
      facts.cameraMake,
      facts.cameraModel,
      facts.lens,
      facts.artist,
      facts.album,
      facts.genre,
      ...(facts.keywords ?? []),
      ...(facts.people ?? []),
      facts.year?.toString(),
      ...capturedWords(facts),
    ]),
  }
}

/**
 * One sentence for the text encoder, or an empty string where the file says nothing in words: camera counters such as `IMG_2041`
 * and folders such as `100CANON` mean nothing, and a vector of noise would only be found by accident.
 */
export function sentenceOf(places: {name: string; folder: string}[], facts: MediaFacts): string {
  const place = places[0]
  const parts = [
    place === undefined ? '' : meaningfulWords(withoutExtension(place.name)),
    place === undefined ? '' : meaningfulWords(place.folder.split(/[/\\]/).at(-1) ?? ''),
    facts.title,
    facts.description,
    facts.artist,
    facts.album,
    facts.genre,
    ...(facts.keywords ?? []),
    ...(facts.people ?? []),
  ]
  // Programs write camera counters into titles, too.
  return unique(parts.map(part => part?.trim()).filter(part => meaningfulWords(part ?? '') !== '')).slice(0, 400)
}

/** What cameras, systems and programs call things: words that say nothing of what is in them. */
const EMPTY_WORDS = new Set(
  [
    'img dsc dscn dscf pict pxl vid mov mvi gopr mah sam p imag jpg wa dcim camera canon nikon msdcf track untitled file copy',
    'image images photo photos picture pictures video videos movie movies audio sound sounds music media files folder documents',
    'downloads desktop whatsapp screenshot screenshots backup import export temp tmp misc new unsorted',
  ].flatMap(words => words.split(' ')),
)

/** The words of a file name that a person may have chosen: no camera counters, dates or checksums, so nothing that holds a digit. */
function meaningfulWords(text: string): string {
  return text
    .normalize('NFC')
    .split(/[^\p{L}\p{M}\p{N}']+/u)
    .filter(word => word.length > 1 && !/\p{N}/u.test(word) && !EMPTY_WORDS.has(word.toLowerCase()))
    .join(' ')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
}

function withoutExtension(name: string): string {
  return name.replace(/\.[^.]{1,5}$/, '')
}

/** `2019`, `February`: so that words alone find a month. Times taken from the file system say nothing about the picture. */
function capturedWords(facts: MediaFacts): (string | undefined)[] {
  if (facts.captured === undefined || facts.captured.source === 'mtime') return []
  const [year, month] = facts.captured.at.split('-')
  return [year, MONTHS[Number(month) - 1]]
}

function unique(parts: (string | undefined)[]): string {
  return [...new Set(parts.filter(part => part !== undefined && part !== ''))].join(' ')
}
