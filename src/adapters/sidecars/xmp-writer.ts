import {XMLSerializer, type Document, type Element} from '@xmldom/xmldom'
import type {SidecarContent} from '../../domain/ports/sidecars.js'
import {normaliseTag} from '../../domain/tag-names.js'
import {NAMESPACES, type Prefix} from './namespaces.js'
import {itemsOf, keywordsOf, listOf, parseXmp, propertiesOf, textOf} from './xmp.js'

const EMPTY = `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="${NAMESPACES.x}">
  <rdf:RDF xmlns:rdf="${NAMESPACES.rdf}">
    <rdf:Description rdf:about="">
    </rdf:Description>
  </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
`

/**
 * Joins what this program knows into the text of a sidecar; null makes a new one. All that others wrote stays, and where they say something
 * already, such as a description, theirs stands. What this program added earlier and no longer holds is taken out. Gives the very text that
 * came in where nothing is to change; throws as `parseXmp` does.
 */
export function mergeXmp(existing: string | null, content: SidecarContent): string {
  const {document, rdf} = parseXmp(existing ?? EMPTY)
  const serializer = new XMLSerializer()
  const before = serializer.serializeToString(document)
  const sidecar = new SidecarTree(document, rdf)

  const tags = [...new Set([...content.manualTags, ...content.otherTags])]
  const earlier = new Set(listOf(rdf, 'mediaforge', 'addedTags'))
  // A word that is only the last step of a hierarchy of theirs is said, too: beside it, it would be another word of the same name.
  const theirs = keywordsOf(rdf).filter(word => !earlier.has(word))
  const known = new Set(theirs.map(normaliseTag))
  const added = tags.filter(tag => !known.has(tag))
  const gone = new Set([...earlier].filter(tag => !added.includes(tag)))

  sidecar.change('dc', 'subject', added, subject => gone.has(subject))
  sidecar.change('lr', 'hierarchicalSubject', added.map(hierarchical), path => gone.has(path.replaceAll('|', '/')))
  sidecar.change('Iptc4xmpExt', 'PersonInImage', content.people, () => false)
  sidecar.change('mediaforge', 'addedTags', added, tag => gone.has(tag))
  sidecar.change('mediaforge', 'manualTags', content.manualTags, tag => !content.manualTags.includes(tag))
  const described = textOf(rdf, 'dc', 'description')
  if (described === undefined || described === textOf(rdf, 'mediaforge', 'addedCaption')) sidecar.describe(content)
  if (content.rating !== undefined && textOf(rdf, 'xmp', 'Rating') === undefined) sidecar.rate(content.rating)

  const after = serializer.serializeToString(document)
  return existing !== null && after === before ? existing : after
}

/** `travel/greece` is two levels, which Lightroom and others divide by a bar. */
function hierarchical(tag: string): string {
  return tag.replaceAll('/', '|')
}

/** Takes an element out, and the line it stood on. */
function remove(element: Element): void {
  const {parentNode, previousSibling} = element
  if (previousSibling?.nodeType === 3 && previousSibling.nodeValue?.trim() === '') parentNode?.removeChild(previousSibling)
  parentNode?.removeChild(element)
}

/** Changing properties of an XMP document in place. */
class SidecarTree {
  private readonly home: Element

  constructor(
    private readonly document: Document,
    private readonly rdf: Element,
  ) {
    const [first] = [...rdf.getElementsByTagNameNS(NAMESPACES.rdf, 'Description')]
    this.home = first ?? this.append(rdf, 'rdf', 'Description', '    ')
    if (first === undefined) this.home.setAttributeNS(NAMESPACES.rdf, 'rdf:about', '')
  }

  /** Adds to a list what it lacks, and takes out what `isGone` says. A list that this leaves empty goes, too. */
  change(prefix: Prefix, name: string, values: readonly string[], isGone: (value: string) => boolean): void {
    const [property] = propertiesOf(this.rdf, prefix, name)
    if (property !== undefined) {
      const items = itemsOf(property)
      const stale = items.filter(item => isGone(item.textContent?.trim() ?? ''))
      for (const item of stale) remove(item)
      if (stale.length > 0 && stale.length === items.length && values.length === 0) remove(property)
    }
    const there = new Set(listOf(this.rdf, prefix, name))
    const missing = values.filter(value => !there.has(value))
    if (missing.length === 0) return
    const list = this.listIn(property ?? this.append(this.home, prefix, name, '      '))
    for (const value of missing) this.append(list, 'rdf', 'li', '          ').textContent = value
  }

  /** Says what is seen in the place of what was said, and whether only a model says so. */
  describe({description, caption}: SidecarContent): void {
    const text = (description ?? caption)?.trim()
    const isSaid = text === textOf(this.rdf, 'dc', 'description')
    const isMarked = textOf(this.rdf, 'mediaforge', 'addedCaption') !== undefined
    if (text === undefined || (isSaid && isMarked === (description === undefined))) return
    for (const old of propertiesOf(this.rdf, 'dc', 'description')) old.parentNode?.removeChild(old)
    for (const old of propertiesOf(this.rdf, 'mediaforge', 'addedCaption')) old.parentNode?.removeChild(old)
    const alternatives = this.append(this.append(this.home, 'dc', 'description', '      '), 'rdf', 'Alt', '        ')
    const item = this.append(alternatives, 'rdf', 'li', '          ')
    item.setAttributeNS('http://www.w3.org/XML/1998/namespace', 'xml:lang', 'x-default')
    item.textContent = text
    if (description === undefined) this.append(this.home, 'mediaforge', 'addedCaption', '      ').textContent = text
  }

  rate(stars: number): void {
    for (const empty of propertiesOf(this.rdf, 'xmp', 'Rating')) empty.parentNode?.removeChild(empty)
    this.append(this.home, 'xmp', 'Rating', '      ').textContent = String(stars)
  }

  /** The list of a property: a bag, or the sequence that another program chose. A bare text becomes its first item. */
  private listIn(property: Element): Element {
    const [list] = [...property.childNodes].filter((node): node is Element => node.nodeType === 1)
    if (list !== undefined) return list
    const text = property.textContent?.trim() ?? ''
    property.textContent = ''
    const bag = this.append(property, 'rdf', 'Bag', '        ')
    if (text !== '') this.append(bag, 'rdf', 'li', '          ').textContent = text
    return bag
  }

  /** A new last element on a line of its own. */
  private append(parent: Element, prefix: Prefix, name: string, indent: string): Element {
    const element = this.document.createElementNS(NAMESPACES[prefix], `${prefix}:${name}`)
    if (parent.lastChild?.nodeType === 3) parent.removeChild(parent.lastChild)
    parent.appendChild(this.document.createTextNode(`\n${indent}`))
    parent.appendChild(element)
    parent.appendChild(this.document.createTextNode(`\n${indent.slice(2)}`))
    return element
  }
}
