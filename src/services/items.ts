import {itemsOf, type Item} from '../domain/parts.js'
import type {Ports} from './ports.js'

/** The item that a content belongs to; null where it is nowhere now. */
export async function itemOf({library}: Pick<Ports, 'library'>, contentId: number): Promise<Item | null> {
  const items = itemsOf(await library.neighbours(contentId))
  return items.find(({main, parts}) => [main, ...parts].some(file => file.contentId === contentId)) ?? null
}
