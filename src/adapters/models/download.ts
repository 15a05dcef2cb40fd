import {createHash} from 'node:crypto'
import {mkdir, open, rename, rm, stat} from 'node:fs/promises'
import {dirname} from 'node:path'
import type {Response} from 'undici'
import {MediaForgeError, throwIfCancelled} from '../../domain/errors.js'
import {feed} from './checksum.js'
import {unreachable, type Announced, type Hub} from './hub.js'

/** Attempts in a row that brought nothing new. */
const MOST_FAILURES = 5
const FIRST_WAIT_MS = 500
/** A server that wants a longer pause is busy for good. */
const LONGEST_WAIT_MS = 60_000

export interface Download {
  url: string
  target: string
  expected: Announced
}

interface Options {
  signal: AbortSignal
  /** Called with what the file has so far. */
  onProgress: (bytes: number) => void
}

/**
 * Downloads a file to `target` and resolves to its SHA-256. What an interrupted download left in `target.part` is gone on with, where a checksum will
 * tell whether it belongs; the file takes its name only when its checksum is right. Rejects like `Models.pull`.
 */
export async function download(hub: Hub, file: Download, options: Options): Promise<string> {
  const {target, expected} = file
  const part = `${target}.part`
  await mkdir(dirname(target), {recursive: true})
  if (expected.sha256 === null) await rm(part, {force: true})
  for (const isLast of [false, true]) {
    await fetchAll(hub, file, part, options)
    const hash = createHash('sha256')
    await feed(hash, part, options.signal)
    const sha256 = hash.digest('hex')
    if (expected.sha256 === null || expected.sha256 === sha256) {
      await rename(part, target)
      return sha256
    }
    await rm(part)
    if (isLast) {
      throw new MediaForgeError('MODEL_INVALID', `${file.url} has another checksum than it should: ${sha256}`, {
        hint: 'the server or something on the way changed the file; try again later, or another server: HF_ENDPOINT',
      })
    }
  }
  throw new RangeError('unreachable')
}

/** Asks until all bytes are there, going on after each break where the last one ended. */
async function fetchAll(hub: Hub, {url, expected}: Download, part: string, {signal, onProgress}: Options): Promise<void> {
  let failures = 0
  for (;;) {
    throwIfCancelled(signal)
    const had = await sizeOf(part)
    if (expected.sizeBytes !== null && had === expected.sizeBytes && had > 0) return
    if (expected.sizeBytes !== null && had > expected.sizeBytes) await rm(part)
    let waitMs = FIRST_WAIT_MS * 2 ** failures
    try {
      const response = await hub.get(url, had > 0 ? {range: `bytes=${had}-`} : {}, signal)
      const verdict = judge(response, url)
      if (verdict === 'restart' || verdict === 'wait') await response.body?.cancel()
      if (verdict === 'restart') await rm(part, {force: true})
      else if (verdict === 'wait') waitMs = retryAfterMs(response) ?? waitMs
      else if (await store(response, part, verdict === 'append' ? had : 0, {url, expected, signal, onProgress})) return
    } catch (error) {
      throwIfCancelled(signal)
      if (!(error instanceof MediaForgeError && error.code === 'DOWNLOAD_FAILED')) throw error
      if (failures + 1 >= MOST_FAILURES) throw error
    }
    failures = (await sizeOf(part)) > had ? 0 : failures + 1
    if (failures >= MOST_FAILURES) {
      throw new MediaForgeError('DOWNLOAD_FAILED', `${url} does not give its file after ${MOST_FAILURES} attempts`, {
        hint: 'run the command again later: it goes on where it stopped',
      })
    }
    await pause(waitMs, signal)
  }
}

/** What an answer means for the bytes that are there. Throws where asking again would bring the same. */
function judge({status}: Response, url: string): 'append' | 'write' | 'restart' | 'wait' {
  if (status === 200) return 'write'
  if (status === 206) return 'append'
  // The file is shorter than what is there: another one had begun.
  if (status === 416) return 'restart'
  if (status === 429 || status >= 500) return 'wait'
  if (status === 401 || status === 403) {
    throw new MediaForgeError('MODEL_MISSING', `${url} is given only to people who agreed to its terms (${status})`, {
      hint: 'download it with a browser, then: mediaforge models add FOLDER',
    })
  }
  throw new MediaForgeError('MODEL_MISSING', `${url} is not there (${status})`, {
    hint: 'a newer mediaforge may know where it moved; or download the model by hand: mediaforge models add FOLDER',
  })
}

/** Writes an answer behind the first `from` bytes. Resolves to whether all of it came; a broken connection is not an error. */
async function store(
  response: Response,
  part: string,
  from: number,
  {url, expected, signal, onProgress}: {url: string; expected: Announced} & Options,
): Promise<boolean> {
  const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1]
  const start = response.status === 206 && range !== undefined ? Number(range) : from
  if (start !== from) throw new MediaForgeError('DOWNLOAD_FAILED', `${url} gives another part of the file than was asked for`)
  const announced = response.headers.get('content-length')
  const total = expected.sizeBytes ?? (announced === null ? null : from + Number(announced))
  const file = await open(part, from === 0 ? 'w' : 'r+')
  let at = from
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      throwIfCancelled(signal)
      if (expected.sizeBytes !== null && at + chunk.length > expected.sizeBytes) {
        throw new MediaForgeError('MODEL_INVALID', `${url} is longer than the ${expected.sizeBytes} bytes it should have`, {
          hint: 'the server has another file under this name; try again later, or another server: HF_ENDPOINT',
        })
      }
      await file.write(chunk, 0, chunk.length, at)
      at += chunk.length
      onProgress(at)
    }
  } catch (error) {
    if (error instanceof MediaForgeError) throw error
    if (isDiskFull(error))
      throw new MediaForgeError('DISK_FULL', `no room left for ${part}`, {hint: 'free some space', cause: error})
    if (signal.aborted) throw new MediaForgeError('CANCELLED', 'interrupted', {cause: error})
    if (at === from) throw unreachable(url, error)
    return false
  } finally {
    // What is left of a longer part of another file must not stay behind it.
    await file.truncate(at)
    await file.sync()
    await file.close()
  }
  return total === null || at === total
}

function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')
}

/** Seconds or a date, as servers write it. */
function retryAfterMs(response: Response): number | null {
  const text = response.headers.get('retry-after')
  if (text === null) return null
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isNaN(ms) ? null : Math.min(LONGEST_WAIT_MS, Math.max(0, ms))
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
