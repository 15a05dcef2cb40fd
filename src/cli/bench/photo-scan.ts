import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {extname, join} from 'node:path'
import {execa} from 'execa'
import {openFileSystem} from '../../adapters/files/file-system.js'
import {openSqliteLibrary} from '../../library/sqlite/library.js'
import {compare, type BenchResult} from './measure.js'
import {mediaforge, runNode} from './program.js'
import type {BenchContext} from './suites.js'

const PHOTOS = 2000
const PHOTOS_A_FOLDER = 100
const MOST_ROUNDS = 3
/** exiftool ends with 1 where one of the files has no metadata that it can read. */
const HAS_RUN = [0, 1]

/**
 * `scan.exiftool`: photographs a second from a new process to a new library with their metadata in it, against exiftool printing what it reads of
 * the same files. The photographs are those of the media folders, over and over, each copy made another content by a few bytes behind its end.
 */
export async function* photoScan(context: BenchContext): AsyncIterable<BenchResult> {
  const {config, folder, media, rounds, signal, note} = context
  if (media.length === 0) return note('scan.exiftool: not measured, name folders of photographs with --media')
  const {failed} = await execa('exiftool', ['-ver'], {reject: false, cancelSignal: signal})
  if (failed) return note('scan.exiftool: not measured, exiftool is not installed')

  const tree = join(folder, 'photos')
  const photos = await photosIn(media, signal)
  if (photos.length === 0) return note(`scan.exiftool: not measured, no photographs in ${media.join(', ')}`)
  for (let i = 0; i < PHOTOS; i++) await copyAs(i, photos[i % photos.length] as string, tree)

  let run = 0
  const ours = async (): Promise<void> => {
    const place = join(folder, `photo-library-${run++}`)
    const own = {...config, dataDir: place, cacheDir: place}
    await runNode(mediaforge('scan', tree, '--kind', 'inspect', '--quiet'), signal, own)
    await using library = await openSqliteLibrary(join(place, 'library.db'))
    const {contents} = await library.stats()
    if (contents.photo !== PHOTOS) throw new Error(`${contents.photo} of ${PHOTOS} photographs came into the library`)
  }
  const exiftool = async (): Promise<void> => {
    const options = {stdout: 'ignore', stderr: 'ignore', reject: false, cancelSignal: signal} as const
    const {exitCode} = await execa('exiftool', ['-fast2', '-r', tree], options)
    if (!HAS_RUN.includes(exitCode ?? -1)) throw new Error(`exiftool ended with ${exitCode}`)
  }
  const timing = await compare(Math.min(rounds, MOST_ROUNDS), ours, exiftool, signal)
  const perSecond = (ms: number): number => (PHOTOS / ms) * 1000
  yield {
    name: 'scan.exiftool',
    value: perSecond(timing.value),
    unit: 'photos/s',
    peer: 'exiftool -fast2 -r',
    peerValue: perSecond(timing.peerValue),
    ratio: 1 / timing.ratio,
    rounds: timing.rounds,
  }
}

/** Photographs that can be taken in: a broken one ends a scan with 3. */
async function photosIn(folders: readonly string[], signal: AbortSignal): Promise<string[]> {
  const files = openFileSystem()
  const photos: string[] = []
  for (const folder of folders) {
    for await (const listing of files.walk(folder, {signal})) {
      for (const {path} of listing.files) {
        const format = await files.recognise(path).catch(() => null)
        if (format?.kind === 'photo') photos.push(path)
      }
    }
  }
  return photos
}

async function copyAs(i: number, source: string, tree: string): Promise<void> {
  const folder = join(tree, String(Math.floor(i / PHOTOS_A_FOLDER)))
  if (i % PHOTOS_A_FOLDER === 0) await mkdir(folder, {recursive: true})
  const path = join(folder, `IMG_${i}${extname(source)}`)
  await writeFile(path, Buffer.concat([await readFile(source), Buffer.from(String(i))]))
}
