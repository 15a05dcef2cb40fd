import type {Event} from '../../domain/events.js'
import {count, safe, shortPath} from './text.js'

/** What is said of an event while folders are watched; an empty text for what people need not know. */
export function newsText(event: Event): string {
  switch (event.name) {
    case 'scan.found':
    case 'job.done':
    case 'file.verified':
    case 'model.announced':
    case 'model.pulled':
    case 'index.grown':
      return ''
    case 'job.failed':
      return event.final ? `${event.path === null ? '?' : shortPath(event.path)}: ${safe(event.message)} (${event.code})` : ''
    case 'watch.started': {
      const how = event.mode === 'events' ? 'watching' : 'looking now and then at'
      return `${how} ${shortPath(event.path)}${event.reason === null ? '' : `: ${safe(event.reason)}`}`
    }
    case 'watch.scanned': {
      const parts = [`${event.added} new`, `${event.changed} changed`]
      if (event.moved > 0) parts.push(`${event.moved} moved`)
      if (event.missing > 0) parts.push(`${event.missing} ${event.state === 'offline' ? 'offline' : 'missing'}`)
      return `${shortPath(event.path)}: ${event.state === 'offline' ? 'away; ' : ''}${count(event.files, 'file')} looked at, ${parts.join(', ')}`
    }
    case 'watch.problem':
      return `${shortPath(event.path)}: ${safe(event.message)} (${event.code})`
  }
}
