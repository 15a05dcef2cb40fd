import {copyFile, lstat, mkdir, readdir, rm, stat} from 'node:fs/promises'
import {basename, dirname, extname, join, relative} from 'node:path'
import {MediaForgeError, throwIfCancelled} from '../../domain/errors.js'
import type {ModelFile} from '../../domain/models.js'
import {sha256Of} from './checksum.js'
import {guessManifest} from './guess.js'
import {MANIFEST_FILE, NAME, readDocument, type Document} from './manifest.js'
import {missingBytes, type Room} from './room.js'

/** What a model is made of here. All else stays where it is. */
const KEPT = new Set(['.onnx', '.onnx_data', '.data', '.json', '.txt', '.model', '.gguf', '.csv', '.md'])
/** Files that run a program when they are loaded. */
const PROGRAMS = new Set(['.bin', '.pt', '.pth', '.pkl', '.pickle', '.ckpt', '.py', '.joblib', '.npy'])
const ARCHIVES = new Set(['.zip', '.gz', '.tgz', '.tar', '.7z', '.rar', '.xz', '.zst'])
const MOST_FILES = 200
const MOST_DEPTH = 3

/** A model of a person's own where it lies, with its `model.json` or one that is guessed. */
export interface LocalModel {
  source: string
  document: Document
}

/** Rejects with `USAGE` where the folder holds no model that can be used as it is. `name`: another one than its own. */
export async function readLocalModel(source: string, name: string | undefined): Promise<LocalModel> {
  await assertFolder(source)
  const paths = await filesOf(source)
  const document = await manifestOf(source, paths, name)
  for (const {path} of document.files) {
    if (paths.includes(path)) continue
    throw new MediaForgeError('USAGE', `${join(source, path)} is named in ${MANIFEST_FILE} and is not there`)
  }
  return {source, document}
}

/** Copies the files of a model into an empty folder, which it makes anew, and resolves to them as they are. Rejects with `DISK_FULL`. */
export async function copyLocalModel(
  {source, document}: LocalModel,
  target: string,
  room: Room,
  signal: AbortSignal,
): Promise<ModelFile[]> {
  const wanted: ModelFile[] = []
  for (const {path} of document.files) wanted.push({path, sizeBytes: (await stat(join(source, path))).size, sha256: null})
  await rm(target, {recursive: true, force: true})
  await mkdir(target, {recursive: true})
  const claim = await room.claim(await missingBytes(wanted, target), target)
  try {
    const files: ModelFile[] = []
    for (const {path} of wanted) {
      throwIfCancelled(signal)
      const copy = join(target, path)
      await mkdir(dirname(copy), {recursive: true})
      await copyFile(join(source, path), copy)
      files.push({path, sizeBytes: (await stat(copy)).size, sha256: await sha256Of(copy, signal)})
    }
    return files
  } finally {
    claim.release()
  }
}

async function assertFolder(source: string): Promise<void> {
  const found = await stat(source).catch(() => null)
  if (found?.isDirectory() === true) return
  const what = found === null ? 'is not there' : 'is no folder'
  throw new MediaForgeError('USAGE', `${source} ${what}`, {
    hint: ARCHIVES.has(extname(source))
      ? 'archives are not unpacked: unpack it, then add the folder'
      : 'mediaforge models add FOLDER',
  })
}

/** The files of a folder, by their paths in it. Rejects with `USAGE` for links, which would lead out of it, and for far too many files. */
async function filesOf(source: string): Promise<string[]> {
  const paths: string[] = []
  const walk = async (folder: string, depth: number): Promise<void> => {
    for (const entry of await readdir(folder, {withFileTypes: true})) {
      const path = join(folder, entry.name)
      if (entry.name.startsWith('.')) continue
      if ((await lstat(path)).isSymbolicLink()) {
        throw new MediaForgeError('USAGE', `${path} is a link: a model is made of files of its own`, {
          hint: `copy the file itself: cp -L`,
        })
      }
      if (entry.isDirectory() && depth < MOST_DEPTH) await walk(path, depth + 1)
      else if (entry.isFile()) paths.push(relative(source, path))
      if (paths.length > MOST_FILES) throw new MediaForgeError('USAGE', `${source} holds more than ${MOST_FILES} files`)
    }
  }
  await walk(source, 0)
  return paths.sort()
}

async function manifestOf(source: string, paths: readonly string[], wanted: string | undefined): Promise<Document> {
  const name = wanted ?? basename(source)
  if (wanted !== undefined && !NAME.test(wanted)) throw new MediaForgeError('USAGE', `'${wanted}' is no name of a model`)
  if (paths.includes(MANIFEST_FILE)) {
    const document = await readDocument(join(source, MANIFEST_FILE))
    const kept = paths.filter(path => path !== MANIFEST_FILE && KEPT.has(extname(path)))
    const files = document.files.length > 0 ? document.files : kept.map(path => ({path, sizeBytes: null, sha256: null}))
    return {...document, files, source: null, name: wanted ?? document.name}
  }
  if (!paths.some(path => path.endsWith('.onnx'))) throw noModel(source, paths)
  return guessManifest(source, paths, NAME.test(name) ? name : name.replace(/[^\w.-]+/g, '-').replace(/^[.-]+/, ''))
}

function noModel(source: string, paths: readonly string[]): MediaForgeError {
  const program = paths.find(path => PROGRAMS.has(extname(path)))
  if (program !== undefined) {
    return new MediaForgeError(
      'USAGE',
      `${join(source, program)} can hold a program and is never loaded; there is no .onnx file beside it`,
      {
        hint: 'export the model to ONNX first: optimum-cli export onnx --model FOLDER OUT',
      },
    )
  }
  const archive = paths.find(path => ARCHIVES.has(extname(path)))
  return new MediaForgeError('USAGE', `${source} holds no .onnx file`, {
    hint:
      archive === undefined
        ? 'name a folder with model.json, or with config.json and onnx/'
        : `archives are not unpacked: unpack ${archive} first`,
  })
}
