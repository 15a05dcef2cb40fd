import {createHash} from 'node:crypto'
import {createReadStream} from 'node:fs'
import {mkdir, open, readdir, readFile, rename, rm, stat, writeFile} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import type {HierarchicalNSW} from 'hnswlib-node'

/** What is known of an index file, kept beside it: hnswlib trusts its files, so they are checked before it sees them. */
interface IndexFacts {
  dimension: number
  size: number
  mark: number
}

interface Sidecar extends IndexFacts {
  sha256: string
}

/** Loads the graph in `path` and gives its facts, or null where it is missing, damaged, or of another dimension. */
export async function readIndexFile(path: string, graph: HierarchicalNSW, dimension: number): Promise<IndexFacts | null> {
  try {
    const facts = JSON.parse(await readFile(sidecarOf(path), 'utf8')) as Sidecar
    if (facts.dimension !== dimension || facts.sha256 !== (await sha256(path))) return null
    await graph.readIndex(path, false)
    return graph.getCurrentCount() === facts.size ? facts : null
  } catch {
    // An index is a cache: whatever is wrong with it, it is built anew from the library.
    return null
  }
}

/** A file that is being written was touched a moment ago. */
const LEFT_BEHIND_MS = 600_000

/**
 * Writes the graph and its facts, each through a temporary file; the facts last, so that they never describe a half-written graph. A cache that cannot
 * be written, on a full disk or a read-only one, is one that is not kept.
 */
export async function writeIndexFile(path: string, graph: HierarchicalNSW, facts: IndexFacts): Promise<void> {
  const part = `${path}.${process.pid}.part`
  try {
    await mkdir(dirname(path), {recursive: true})
    await sweep(path)
    await graph.writeIndex(part)
    const sidecar: Sidecar = {...facts, sha256: await sha256(part)}
    await sync(part)
    await writeFile(`${part}.json`, JSON.stringify(sidecar))
    await sync(`${part}.json`)
    await rename(part, path)
    await rename(`${part}.json`, sidecarOf(path))
  } catch {
    for (const left of [part, `${part}.json`]) await rm(left, {force: true}).catch(() => undefined)
  }
}

/** Deletes what writers that were killed left of this index: graphs may be gigabytes large. */
async function sweep(path: string): Promise<void> {
  const folder = dirname(path)
  const parts = (await readdir(folder)).filter(name => name.startsWith(`${basename(path)}.`) && name.includes('.part'))
  for (const part of parts.map(name => join(folder, name))) {
    const touched = await stat(part).catch(() => null)
    if (touched !== null && Date.now() - touched.mtimeMs > LEFT_BEHIND_MS) await rm(part, {force: true})
  }
}

function sidecarOf(path: string): string {
  return `${path}.json`
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
