import {isFatal, MediaForgeError, messageOf, throwIfCancelled, type ErrorCode} from '../domain/errors.js'
import type {VerifiableFile} from '../domain/ports/library.js'
import type {Ports} from './ports.js'

const PAGE = 500

export const ROTTEN_MESSAGE =
  'its bytes are not those that were read before, though size and time are the same: bring it back from a backup'

/** What reading everything again found. Files that changed with a trace in size or time are the next scan's business. */
export interface VerifyReport {
  /** Files that were read from end to end. */
  files: number
  sizeBytes: number
  problems: {path: string; code: ErrorCode; message: string}[]
}

type VerifyPorts = Pick<Ports, 'library' | 'files' | 'bus'>

/**
 * Reads every known file at or below the paths again and compares its bytes with what was read before. Nothing in the library is
 * overwritten: bytes that changed by themselves are a problem in the report, `FILE_ROTTEN`, as often as it is asked.
 */
export async function verify(
  ports: VerifyPorts,
  paths: readonly string[],
  {signal}: {signal: AbortSignal},
): Promise<VerifyReport> {
  const report: VerifyReport = {files: 0, sizeBytes: 0, problems: []}
  for (const path of paths) {
    for (let after = 0; ;) {
      const page = await ports.library.verifiableFiles(path, after, PAGE)
      for (const file of page) {
        throwIfCancelled(signal)
        await verifyFile(ports, file, report, signal)
        ports.bus.emit({name: 'file.verified', path: file.path, files: report.files})
      }
      const last = page.at(-1)
      if (last === undefined) break
      after = last.locationId
    }
  }
  return report
}

async function verifyFile(ports: VerifyPorts, file: VerifiableFile, report: VerifyReport, signal: AbortSignal): Promise<void> {
  try {
    if (!(await isAsKnown(ports, file))) return
    const fullHash = await ports.files.hashWhole(file.path, {signal})
    // The file may have been written while it was read.
    if (!(await isAsKnown(ports, file))) return
    report.files++
    report.sizeBytes += file.sizeBytes
    if (file.fullHash === null) {
      const identity = await ports.files.identify(file.path, file.sizeBytes)
      if (identity === file.identity || fullHash === file.identity) await ports.library.recordFullHash(file.contentId, fullHash)
      else report.problems.push(rotten(file))
    } else if (fullHash !== file.fullHash) report.problems.push(rotten(file))
  } catch (error) {
    const endsAll: boolean = isFatal(error)
    if (endsAll || !(error instanceof MediaForgeError)) throw error
    report.problems.push({path: file.path, code: error.code, message: messageOf(error)})
  }
}

async function isAsKnown({files}: VerifyPorts, {path, sizeBytes, mtimeMs}: VerifiableFile): Promise<boolean> {
  const now = await files.stat(path)
  return now?.sizeBytes === sizeBytes && now.mtimeMs === mtimeMs
}

function rotten({path}: VerifiableFile): VerifyReport['problems'][number] {
  return {
    path,
    code: 'FILE_ROTTEN',
    message: ROTTEN_MESSAGE,
  }
}
