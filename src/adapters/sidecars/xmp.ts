import {DOMParser, type Document, type Element} from '@xmldom/xmldom'
import type {GeoPoint} from '../../domain/media.js'
import type {SidecarFacts} from '../../domain/sidecars.js'
import {readTimestamp} from '../../domain/timestamps.js'
import {NAMESPACES, type Prefix} from './namespaces.js'

/** Parses XMP. Throws where it is no well-formed XML, or holds no RDF. */
export function parseXmp(text: string): {document: Document; rdf: Element} {
  // xmldom goes on after most mistakes; a sidecar that would be written back must not be guessed at.
  const onError = (_: string, message: string): never => {
    throw new SyntaxError(message)
  }
  const document = new DOMParser({onError}).parseFromString(text.replace(/^\uFEFF/, '').trimStart(), 'text/xml')
  const rdf = document.getElementsByTagNameNS(NAMESPACES.rdf, 'RDF')[0]
  if (rdf === undefined) throw new SyntaxError('it holds no RDF')
  return {document, rdf}
}

/** What an XMP sidecar says. Throws as `parseXmp` does. */
export function readXmp(text: string): SidecarFacts {
  const {rdf} = parseXmp(text)
  const at = readTimestamp(
    textOf(rdf, 'exif', 'DateTimeOriginal') ?? textOf(rdf, 'photoshop', 'DateCreated') ?? textOf(rdf, 'xmp', 'CreateDate'),
  )
  const stars = Math.round(Number(textOf(rdf, 'xmp', 'Rating')))
  const manual = listOf(rdf, 'mediaforge', 'manualTags')
  const added = new Set(listOf(rdf, 'mediaforge', 'addedTags'))
  const others = [...added].filter(tag => !manual.includes(tag))
  const description = textOf(rdf, 'dc', 'description')
  const isCaption = description !== undefined && description === textOf(rdf, 'mediaforge', 'addedCaption')
  const facts = {
    captured: at === undefined ? undefined : {at, source: 'sidecar' as const},
    location: pointOf(rdf),
    title: textOf(rdf, 'dc', 'title'),
    description: isCaption ? undefined : description,
    rating: stars >= 1 && stars <= 5 ? stars : undefined,
    keywords: present(keywordsOf(rdf).filter(word => !added.has(word))),
    people: present(listOf(rdf, 'Iptc4xmpExt', 'PersonInImage')),
    exported: manual.length + others.length === 0 ? undefined : {manual, others},
    exportedCaption: isCaption ? description : undefined,
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}

/** The subjects, and the leaves of hierarchical ones that stand nowhere else. */
export function keywordsOf(rdf: Element): string[] {
  const subjects = listOf(rdf, 'dc', 'subject')
  const known = new Set(subjects)
  const leaves = listOf(rdf, 'lr', 'hierarchicalSubject').flatMap(path => {
    const steps = path.split('|')
    return known.has(steps.join('/')) ? [] : [steps.at(-1) ?? path]
  })
  return [...new Set([...subjects, ...leaves])]
}

/** The elements of this property, wherever in the document they stand. */
export function propertiesOf(rdf: Element, prefix: Prefix, name: string): Element[] {
  return [...rdf.getElementsByTagNameNS(NAMESPACES[prefix], name)]
}

/** A property's text: of its element, of the first of its alternatives, or of an attribute, which RDF allows for the same thing. */
export function textOf(rdf: Element, prefix: Prefix, name: string): string | undefined {
  const [element] = propertiesOf(rdf, prefix, name)
  const text =
    element === undefined
      ? [...rdf.getElementsByTagNameNS(NAMESPACES.rdf, 'Description')]
          .map(description => description.getAttributeNS(NAMESPACES[prefix], name))
          .find(value => value !== null && value !== '')
      : (itemsOf(element)[0] ?? element).textContent
  return text?.trim() === '' ? undefined : text?.trim()
}

/** The items of a property that is a list, or its one text. */
export function listOf(rdf: Element, prefix: Prefix, name: string): string[] {
  const [element] = propertiesOf(rdf, prefix, name)
  if (element === undefined) return []
  const items = itemsOf(element)
  return (items.length > 0 ? items : [element]).map(item => item.textContent?.trim() ?? '').filter(text => text !== '')
}

export function itemsOf(property: Element): Element[] {
  return [...property.getElementsByTagNameNS(NAMESPACES.rdf, 'li')]
}

function present(words: string[]): string[] | undefined {
  return words.length === 0 ? undefined : words
}

function pointOf(rdf: Element): GeoPoint | undefined {
  const latitude = degreesOf(textOf(rdf, 'exif', 'GPSLatitude'))
  const longitude = degreesOf(textOf(rdf, 'exif', 'GPSLongitude'))
  if (latitude === undefined || longitude === undefined || (latitude === 0 && longitude === 0)) return undefined
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? {latitude, longitude} : undefined
}

/** `46,12.264N` or `46,12,15.8N`: degrees, minutes and perhaps seconds, as XMP writes them. */
function degreesOf(text: string | undefined): number | undefined {
  const [, degrees, minutes, seconds, side] = /^(\d+),(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?([NSEW])$/i.exec(text ?? '') ?? []
  if (degrees === undefined || side === undefined) return undefined
  const value = Number(degrees) + Number(minutes) / 60 + Number(seconds ?? 0) / 3600
  return /[SW]/i.test(side) ? -value : value
}
