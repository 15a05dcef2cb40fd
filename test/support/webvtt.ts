const TIME = String.raw`(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})`
const TIMING = new RegExp(`^${TIME} --> ${TIME}$`)
const ENTITIES: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>'}

/**
 * Reads chapters in WebVTT as its grammar has them and nothing else: a head, blocks of a number, a timing line and one line of text without
 * markup, in the order of their times. Fails on anything else.
 */
export function readWebVtt(text: string): {startMs: number; endMs: number; title: string}[] {
  const [head, ...blocks] = text.replace(/\n+$/, '').split('\n\n')
  if (head !== 'WEBVTT') throw new Error(`no head: ${head}`)
  let lastMs = 0
  return blocks.map((block, i) => {
    const [id, timing = '', title = '', ...more] = block.split('\n')
    const times = TIMING.exec(timing)
    if (id !== String(i + 1) || times === null || more.length > 0) throw new Error(`no cue: ${block}`)
    if (title === '' || /[<>]|&(?!(?:amp|lt|gt);)/.test(title)) throw new Error(`not plain text: ${title}`)
    const [startMs, endMs] = [millis(times.slice(1, 5)), millis(times.slice(5, 9))] as [number, number]
    if (startMs < lastMs || endMs <= startMs) throw new Error(`out of order: ${timing}`)
    lastMs = endMs
    return {startMs, endMs, title: title.replace(/&(\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole)}
  })
}

function millis(parts: string[]): number {
  const [hours = 0, minutes = 0, seconds = 0, milliseconds = 0] = parts.map(Number)
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds
}
