import type {Sample} from '../domain/ports/samples.js'
import type {Hit} from '../domain/search.js'
import type {Ports} from './ports.js'
import {scan, type ScanReport} from './scan.js'
import {search, type SearchRequest} from './search.js'
import {drain, type DrainReport} from './worker.js'

export interface DemoReport {
  samples: Sample[]
  roots: ScanReport[]
  work: DrainReport
  searches: {request: SearchRequest; hits: Hit[]}[]
}

const HITS_SHOWN = 3

/** The names of the pictures say nothing: all but the last one find what the model saw. */
const SEARCHES: readonly Omit<SearchRequest, 'limit'>[] = [
  {text: 'stop sign', mode: 'hybrid', filter: {}},
  {text: 'what time is it', mode: 'semantic', filter: {kinds: ['photo']}},
  {text: 'aircraft', mode: 'hybrid', filter: {kinds: ['video']}},
  {text: 'clock', mode: 'hybrid', filter: {after: '2023'}},
  {text: 'bells', mode: 'lexical', filter: {}},
]

/** Makes the samples in a folder, scans and tags them, and searches them in a few ways. */
export async function demo(ports: Ports, folder: string, {signal}: {signal: AbortSignal}): Promise<DemoReport> {
  const samples = await ports.samples.make(folder, {signal})
  const roots = await scan(ports, [folder], {}, {signal})
  const work = await drain(ports, {}, {signal})
  const searches: DemoReport['searches'] = []
  for (const parts of SEARCHES) {
    const request = {...parts, limit: HITS_SHOWN}
    searches.push({request, hits: await search(ports, request, {signal})})
  }
  return {samples, roots, work, searches}
}
