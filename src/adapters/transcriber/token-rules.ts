import type {SpecialTokens} from './special-tokens.js'

/**
 * Which token comes next, greedily, by the rules that Whisper's makers decode with (arXiv 2212.04356, section 4.5): speech begins with a time; times
 * stand in pairs around text and never go back; where a time is likelier than any one word, it is a time. `written` is what came after the prompt.
 * Changes the scores.
 */
export function likeliest(
  scores: Float32Array,
  written: readonly number[],
  tokens: SpecialTokens,
): {id: number; logProbability: number} {
  const {firstTime, end, never, neverFirst, noTimestamps, latestStart} = tokens
  const forbid = (from: number, to: number): void => void scores.fill(-Infinity, from, to)
  for (const id of [...never, noTimestamps]) scores[id] = -Infinity
  const isTime = (id: number | undefined): boolean => id !== undefined && id >= firstTime
  const [before, last] = [written.at(-2), written.at(-1)]
  if (last === undefined) {
    for (const id of neverFirst) scores[id] = -Infinity
    forbid(0, firstTime)
    forbid(firstTime + latestStart + 1, scores.length)
  } else if (isTime(last)) {
    // A pair is complete: words follow. After the end of a text only the next beginning, or the end.
    if (before === undefined || isTime(before)) forbid(firstTime, scores.length)
    else forbid(0, end)
  }
  const time = written.findLast(isTime)
  if (time !== undefined) forbid(firstTime, isTime(last) && !isTime(before) ? time : time + 1)
  const all = logSumExp(scores, 0)
  const [word, moment] = [highest(scores, 0, firstTime), highest(scores, firstTime, scores.length)]
  const isMoment = logSumExp(scores, firstTime) > (scores[word] as number)
  const id = isMoment ? moment : word
  return {id, logProbability: (scores[id] as number) - all}
}

/** How likely a token is, of all of them. */
export function probability(scores: Float32Array, id: number): number {
  return Math.exp((scores[id] ?? -Infinity) - logSumExp(scores, 0))
}

/** The one of some tokens with the highest score. */
export function highestOf(scores: Float32Array, ids: readonly number[]): number | null {
  return ids.reduce<number | null>(
    (best, id) => (best === null || (scores[id] ?? -Infinity) > (scores[best] as number) ? id : best),
    null,
  )
}

function highest(scores: Float32Array, from: number, to: number): number {
  let best = from
  for (let id = from; id < to; id++) if ((scores[id] as number) > (scores[best] as number)) best = id
  return best
}

function logSumExp(scores: Float32Array, from: number): number {
  const most = scores[highest(scores, from, scores.length)] ?? -Infinity
  if (most === -Infinity) return -Infinity
  let sum = 0
  for (let id = from; id < scores.length; id++) sum += Math.exp((scores[id] as number) - most)
  return most + Math.log(sum)
}
