import {keyframeWeights} from '../../domain/moments.js'
import type {Captioner} from '../../domain/ports/captioner.js'
import type {Caption, ContentView, StageResult} from '../../domain/ports/library.js'
import type {Outcome, Stage} from '../pipeline.js'
import type {Ports} from '../ports.js'
import {decodeMoment, momentsOf} from './content-pictures.js'
import {eachJob} from './each.js'

/** A sentence costs a second or more, and a film has hundreds of keyframes: those that stand for most of it are described. */
const MOST_MOMENTS = 8

/** Sentences about pictures and videos, by a model that was pulled. */
export const describeStage: Stage = {
  batch: 2,
  lanes: 2,
  async run(jobs, ports, options): Promise<Outcome[]> {
    const captioner = await ports.captioner()
    return eachJob(jobs, async job => {
      const content = await ports.library.content(job.subject)
      // Once there is a model, what passed without one is stale.
      if (content === null || captioner === null) return {writes: [], next: [], version: captioner?.model ?? 'none'}
      return describe(content, captioner, ports, options)
    })
  },
}

async function describe(
  content: ContentView,
  captioner: Captioner,
  ports: Ports,
  options: {signal: AbortSignal},
): Promise<StageResult> {
  const captions: Omit<Caption, 'model'>[] = []
  for (const moment of weightiest(content)) {
    const pixels = await decodeMoment(content, moment, captioner.pictureRule, ports, options)
    const text = await captioner.describe(pixels, options)
    // Moments of one shot are often told alike.
    if (text !== '' && captions.at(-1)?.text !== text) captions.push({atMs: moment ?? 0, text})
  }
  return {
    writes: [{type: 'captions', contentId: content.id, model: captioner.model, captions}],
    next: [],
    version: captioner.model,
  }
}

function weightiest(content: ContentView): (number | null)[] {
  const moments = momentsOf(content)
  const weights = keyframeWeights(content.shots, content.keyframes)
  const chosen = new Set(
    [...moments.keys()].sort((a, b) => (weights[b] ?? 1) - (weights[a] ?? 1) || a - b).slice(0, MOST_MOMENTS),
  )
  return moments.filter((_, i) => chosen.has(i))
}
