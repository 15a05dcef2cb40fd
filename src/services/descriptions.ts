import {MediaForgeError} from '../domain/errors.js'
import type {Caption} from '../domain/ports/library.js'
import {contentIdOf} from './files.js'
import type {Ports} from './ports.js'
import {drain, type DrainReport} from './worker.js'

export interface DescribeReport extends DrainReport {
  model: string
  /** Files put on the queue now. */
  queued: number
  /** How many wait for the next run. */
  left: number
  /** What is said of each file that was named. */
  files: {path: string; captions: Caption[]}[]
}

/**
 * Has a model say what pictures show: of some files anew, or where none is named of all that it has said nothing of yet, the newest first. Rejects with
 * `MODEL_MISSING` where there is no such model, with `NOT_IN_LIBRARY`, and with `USAGE` for a file without a picture.
 */
export async function describe(
  ports: Ports,
  {paths, limit = Infinity}: {paths: readonly string[]; limit?: number},
  options: {signal: AbortSignal},
): Promise<DescribeReport> {
  const {library} = ports
  const captioner = await ports.captioner()
  if (captioner === null) {
    throw new MediaForgeError('MODEL_MISSING', 'there is no model that describes pictures', {
      hint: 'mediaforge models pull florence-2',
    })
  }
  const named: {path: string; contentId: number}[] = []
  for (const path of paths) named.push({path, contentId: await contentIdOf(ports, path)})
  for (const {path, contentId} of named) {
    const content = await library.content(contentId)
    if (content?.format.kind === 'audio' && content.facts.hasCover !== true) {
      throw new MediaForgeError('USAGE', `${path} is sound without a cover: there is nothing to see in it`)
    }
  }
  // A video is described by its keyframes.
  await drain(ports, {kinds: ['inspect', 'frames']}, options)
  const waiting = (await library.jobCounts()).describe.queued
  const queued =
    named.length > 0
      ? await library.enqueue(
          named.map(({contentId}) => ({kind: 'describe', subject: contentId})),
          await library.nextPriority(),
        )
      : await library.enqueueStale('describe', captioner.model, limit === Infinity ? undefined : Math.max(0, limit - waiting))
  const most = named.length > 0 ? named.length : limit
  const report = await drain(ports, {kinds: ['describe'], most}, options)
  const files: DescribeReport['files'] = []
  for (const {path, contentId} of named) files.push({path, captions: await library.captions(contentId)})
  return {...report, model: captioner.model, queued, left: (await library.jobCounts()).describe.queued, files}
}
