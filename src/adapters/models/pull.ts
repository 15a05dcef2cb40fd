import {link, mkdir, rm, stat} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {MediaForgeError} from '../../domain/errors.js'
import {knownBytes, type ModelFile} from '../../domain/models.js'
import type {PullOptions} from '../../domain/ports/models.js'
import {sha256Of} from './checksum.js'
import {download} from './download.js'
import type {Hub} from './hub.js'
import type {Document} from './manifest.js'
import {missingBytes, type Room} from './room.js'

/** More at once would take turns on the same line. */
const FILES_AT_ONCE = 2

/**
 * Brings all files of a model into the folder `staging`, those that the folder `installed` has right from there, and resolves to the files as they are
 * now known: with sizes and checksums. Rejects like `Models.pull`; what came so far stays for the next attempt.
 */
export async function pullFiles(
  {hub, room}: {hub: Hub; room: Room},
  document: Document,
  {staging, installed}: {staging: string; installed: string},
  {signal, onAnnounced, onProgress}: Omit<PullOptions, 'check'>,
): Promise<ModelFile[]> {
  const {source} = document
  if (source === null || document.files.length === 0) {
    throw new MediaForgeError(
      'MODEL_MISSING',
      `${document.name} cannot be pulled: ${document.unverified ?? 'nobody offers its files'}`,
      {
        hint: 'make or download its files by hand, then: mediaforge models add FOLDER',
      },
    )
  }
  await mkdir(staging, {recursive: true})
  const wanted: ModelFile[] = []
  for (const file of document.files) {
    const isKept = (await isWhole(join(staging, file.path), file, signal)) || (await takeOver(file, installed, staging, signal))
    const isKnown = file.sizeBytes !== null && file.sha256 !== null
    if (isKept || isKnown) wanted.push(file)
    else {
      const announced = await hub.announced(hub.address(source, file), signal)
      wanted.push({...file, sizeBytes: file.sizeBytes ?? announced.sizeBytes, sha256: file.sha256 ?? announced.sha256})
    }
  }
  const missing = await missingBytes(wanted, staging)
  const claim = await room.claim(missing, staging)
  try {
    const total = wanted.every(({sizeBytes}) => sizeBytes !== null) ? knownBytes(wanted) : null
    const {name: model, licence, unverified} = document
    onAnnounced({model, licence, unverified, from: hub.page(source), sizeBytes: total, missingBytes: missing})
    const done = new Map<string, number>()
    const tell = (path: string, bytes: number): void => {
      done.set(path, bytes)
      const sum = [...done.values()].reduce((all, some) => all + some, 0)
      claim.come(sum - (knownBytes(wanted) - missing))
      onProgress(sum, total)
    }
    return await inTurns(wanted, file => bring(hub, hub.address(source, file), file, {staging, signal, tell}))
  } finally {
    claim.release()
  }
}

async function bring(
  hub: Hub,
  url: string,
  file: ModelFile,
  {staging, signal, tell}: {staging: string; signal: AbortSignal; tell: (path: string, bytes: number) => void},
): Promise<ModelFile> {
  const {path, sizeBytes} = file
  const target = join(staging, path)
  if (await isWhole(target, file, signal)) {
    tell(path, sizeBytes ?? 0)
    return file
  }
  const expected = {sizeBytes, sha256: file.sha256}
  const sha256 = await download(hub, {url, target, expected}, {signal, onProgress: bytes => tell(path, bytes)})
  return {path, sizeBytes: (await stat(target)).size, sha256}
}

/** Whether a file is there with the right checksum; one whose checksum nobody knows never is. */
async function isWhole(path: string, {sizeBytes, sha256}: ModelFile, signal: AbortSignal): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  if (found?.isFile() !== true || sha256 === null || (sizeBytes !== null && found.size !== sizeBytes)) return false
  return (await sha256Of(path, signal)) === sha256
}

async function takeOver(file: ModelFile, installed: string, staging: string, signal: AbortSignal): Promise<boolean> {
  const [from, to] = [join(installed, file.path), join(staging, file.path)]
  if (!(await isWhole(from, file, signal))) return false
  await mkdir(dirname(to), {recursive: true})
  await rm(to, {force: true})
  await link(from, to)
  return true
}

/** Runs a few at a time; the first failure ends all of them, once those in hand have noticed. */
async function inTurns<Item, Result>(items: readonly Item[], run: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  const left = [...items.entries()]
  let failed = false
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined && !failed; next = left.shift()) {
      try {
        results[next[0]] = await run(next[1])
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const ends = await Promise.allSettled(Array.from({length: FILES_AT_ONCE}, work))
  const failure = ends.find(end => end.status === 'rejected')
  if (failure?.status === 'rejected') throw failure.reason
  return results
}
