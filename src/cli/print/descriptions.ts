import type {DescribeReport} from '../../services/descriptions.js'
import {captionText} from './moments.js'
import {drainText} from './report.js'
import {count, shortPath} from './text.js'

/** The sentences about each file that was named; else how many files were described, and how many wait. */
export function descriptionsText(report: DescribeReport): string {
  const {files, queued, left, done, failures} = report
  if (files.length > 0) {
    return files
      .flatMap(({path, captions}) => {
        const texts = captions.length === 0 ? ['nothing'] : captions.map(captionText)
        return texts.map(text => (files.length === 1 ? text : `${shortPath(path)}: ${text}`))
      })
      .join('\n')
  }
  if (queued === 0 && done.describe === 0 && failures.length === 0 && !report.paused) return 'everything is described already'
  return left === 0 ? drainText(report) : `${drainText(report)}\n${count(left, 'file')} on the queue: mediaforge describe`
}
