import {JOB_KINDS} from '../../domain/jobs.js'
import {formatSize} from '../../domain/units.js'
import type {ScanReport} from '../../services/scan.js'
import type {VerifyReport} from '../../services/verify.js'
import type {DrainReport, Failure} from '../../services/worker.js'
import {count, safe, shortPath} from './text.js'

const SHOWN = 20

/** One line a root, for people. */
export function scanText(reports: readonly ScanReport[]): string {
  return reports
    .map(report => {
      const parts = [
        count(report.files, 'file'),
        `${report.added} new`,
        `${report.changed} changed`,
        `${report.unchanged} unchanged`,
      ]
      if (report.moved > 0) parts.push(`${report.moved} moved`)
      if (report.missing > 0) parts.push(`${report.missing} ${report.state === 'offline' ? 'offline' : 'missing'}`)
      return `${shortPath(report.path)}: ${parts.join(', ')}`
    })
    .join('\n')
}

const DONE = {
  inspect: 'looked at',
  frames: 'cut into shots',
  embed: 'embedded',
  tag: 'tagged',
  listen: 'listened to',
  transcribe: 'written down',
  describe: 'described',
} as const

/** What the queue did, in numbers of files. */
export function drainText(report: DrainReport): string {
  const parts = JOB_KINDS.filter(kind => report.done[kind] > 0).map(kind => `${report.done[kind]} ${DONE[kind]}`)
  const lines = [parts.length === 0 ? 'nothing was left to do' : parts.join(', ')]
  if (report.paused) lines.push('the queue is paused; continue with: mediaforge jobs resume')
  return lines.join('\n')
}

/** What reading everything again found; the bad files follow in a list of their own. */
export function verifyText({files, sizeBytes, problems}: VerifyReport): string {
  const rotten = problems.filter(problem => problem.code === 'FILE_ROTTEN').length
  return `${count(files, 'file')} read again (${formatSize(sizeBytes)}), ${rotten === 0 ? 'all as they were' : `${rotten} with other bytes`}`
}

/** Each bad file with its reason. Long lists end in the command that shows all of them. */
export function failuresText(failures: readonly (Failure | {path: string; code: string; message: string})[]): string {
  if (failures.length === 0) return ''
  const lines = failures
    .slice(0, SHOWN)
    .map(({path, code, message}) => `  ${path === null ? '?' : shortPath(path)}: ${safe(message)} (${code})`)
  const more = failures.length > SHOWN ? `\n  … and ${failures.length - SHOWN} more: mediaforge jobs list --failed` : ''
  return `${count(failures.length, 'file')} could not be read:\n${lines.join('\n')}${more}`
}
