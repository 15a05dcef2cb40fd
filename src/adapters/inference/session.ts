import {readdir, stat} from 'node:fs/promises'
import {totalmem} from 'node:os'
import {basename, dirname, join} from 'node:path'
import {InferenceSession} from 'onnxruntime-node'
import {MediaForgeError, messageOf} from '../../domain/errors.js'
import {formatSize} from '../../domain/units.js'

/** What a model takes beside its weights: the graph, rearranged copies, what is computed in between. */
const MEMORY_A_WEIGHT = 1.2

/** A loaded model. Its runs reject with this program's errors. */
export interface Session extends Pick<
  InferenceSession,
  'inputNames' | 'inputMetadata' | 'outputNames' | 'outputMetadata' | 'release'
> {
  /** Rejects with `OUT_OF_MEMORY` where what is computed does not fit, and with `MODEL_INVALID` where it cannot be computed. */
  run(feeds: InferenceSession.OnnxValueMapType, fetches: readonly string[]): Promise<InferenceSession.OnnxValueMapType>
}

/**
 * Loads a model file. Rejects with `MODEL_MISSING` where it is not there, with `MODEL_INVALID` where it cannot be loaded, and with `OUT_OF_MEMORY` where it
 * needs more memory than there is, before the system has to end something to find it.
 */
export async function openSession(path: string, threads: number): Promise<Session> {
  const needed = (await weightBytes(path)) * MEMORY_A_WEIGHT
  const free = process.platform === 'linux' ? process.availableMemory() : totalmem()
  if (needed > free) {
    throw tooLarge(`${path} needs about ${formatSize(needed)} of memory, and there are ${formatSize(free)}`)
  }
  const session = await InferenceSession.create(path, {
    executionProviders: ['cpu'],
    // Errors are thrown, and told by whoever catches them: nothing of the library's own on stderr.
    logSeverityLevel: 4,
    intraOpNumThreads: threads,
    // Runs are one after the other: an operator waits for nothing but its own threads.
    executionMode: 'sequential',
    // Idle threads that wait by running in circles take the cores that decode the next pictures.
    extra: {session: {intra_op: {allow_spinning: '0'}}},
  }).catch((error: unknown) => {
    throw failure(path, 'is no model that onnxruntime can load', error)
  })
  const {inputNames, inputMetadata, outputNames, outputMetadata} = session
  return {
    ...{inputNames, inputMetadata, outputNames, outputMetadata},
    release: () => session.release(),
    run: (feeds, fetches) =>
      session.run(feeds, fetches).catch((error: unknown) => {
        throw failure(path, 'cannot be computed', error)
      }),
  }
}

const AGAIN = 'mediaforge models verify; or pull it again: mediaforge models pull NAME'

/** The bytes of a model with the weights that it keeps beside itself, as `model.onnx_data`. */
async function weightBytes(path: string): Promise<number> {
  const {size} = await stat(path).catch((error: unknown) => {
    throw new MediaForgeError('MODEL_MISSING', `the model file ${path} is not there`, {hint: AGAIN, cause: error})
  })
  const beside = (await readdir(dirname(path))).filter(name => name.startsWith(basename(path)) && name !== basename(path))
  const sizes = await Promise.all(beside.map(async name => (await stat(join(dirname(path), name))).size))
  return sizes.reduce((sum, some) => sum + some, size)
}

function failure(path: string, what: string, error: unknown): MediaForgeError {
  const message = messageOf(error)
  if (/failed to allocate|bad.?alloc/i.test(message))
    return tooLarge(`${path} needs more memory than there is: ${message}`, error)
  return new MediaForgeError('MODEL_INVALID', `${path} ${what}: ${message}`, {hint: AGAIN, cause: error})
}

function tooLarge(message: string, cause?: unknown): MediaForgeError {
  const hint = 'end other programs, or take a smaller model: mediaforge models list'
  return new MediaForgeError('OUT_OF_MEMORY', message, {hint, cause})
}

/** What a session says of one of its inputs. */
export interface InputShape<Type> {
  type: Type
  /** Null where a dimension is open. */
  shape: (number | null)[]
}

/**
 * Looks up an input that a manifest names. Rejects with `CONFIG_INVALID` where the model has none of that name, or one of another type than
 * those that can be given.
 */
export function inputOf<Type extends string>(
  session: Session,
  path: string,
  name: string,
  types: readonly Type[],
): InputShape<Type> {
  const input = session.inputMetadata.find(metadata => metadata.name === name)
  if (input?.isTensor !== true) {
    throw mismatch(path, `it has no input '${name}', only ${session.inputNames.join(', ')}`)
  }
  const type = types.find(known => known === input.type)
  if (type === undefined) throw mismatch(path, `its input '${name}' takes ${input.type}, not ${types.join(' or ')}`)
  return {type, shape: input.shape.map(size => (typeof size === 'number' ? size : null))}
}

/** Rejects with `CONFIG_INVALID` where the model has no such output, or one that cannot hold vectors of this dimension. */
export function assertOutput(session: Session, path: string, name: string, dimension: number): void {
  const output = session.outputMetadata.find(metadata => metadata.name === name)
  if (output?.isTensor !== true) {
    throw mismatch(path, `it has no output '${name}', only ${session.outputNames.join(', ')}`)
  }
  const last = output.shape.at(-1)
  if (output.shape.length !== 2 || (typeof last === 'number' && last !== dimension)) {
    throw mismatch(path, `its output '${name}' is ${output.shape.join(' × ')}, and model.json says ${dimension} numbers a vector`)
  }
}

/** Rejects with `CONFIG_INVALID` where the model wants inputs that nobody gives it. */
export function assertInputs(session: Session, path: string, given: readonly string[]): void {
  const missing = session.inputNames.filter(name => !given.includes(name))
  if (missing.length > 0) throw mismatch(path, `it also wants ${missing.join(', ')}, which model.json does not name`)
}

export function mismatch(path: string, what: string): MediaForgeError {
  return new MediaForgeError('CONFIG_INVALID', `${basename(path)} does not fit its model.json: ${what}`, {
    hint: `correct model.json beside ${path}`,
  })
}
