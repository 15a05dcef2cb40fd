import type {Event} from '../domain/events.js'
import type {Ports} from '../services/ports.js'
import {barStyle} from './bar-style.js'
import {isPlain} from './config.js'
import {shortPath} from './print/text.js'

const REFRESH_MS = 250
const LINE_EVERY_MS = 5000
const LABEL_LENGTH = 50

interface Display {
  update(done: number, total: number, label: string): void
  stop(): void
}

/** Shows on stderr how the work goes: a bar for a person at a terminal, a line now and then elsewhere. Returns the call that ends it. */
export function showProgress(ports: Pick<Ports, 'bus' | 'library'>): () => Promise<void> {
  let display: Promise<Display> | undefined
  let done = 0
  let label = ''
  let working = false

  const refresh = async (): Promise<void> => {
    if (display === undefined) return
    const counts = await ports.library.jobCounts()
    const left = Object.values(counts).reduce((sum, states) => sum + states.queued + states.running, 0)
    const shown = await display
    if (working) shown.update(done, done + left, label)
    else shown.update(0, 0, label)
  }
  const timer = setInterval(() => void refresh().catch(() => undefined), REFRESH_MS)
  timer.unref()

  const off = ports.bus.on((event: Event) => {
    switch (event.name) {
      case 'scan.found':
        label = `${event.files.toLocaleString('en')} files found`
        break
      case 'file.verified':
        working = false
        label = `${event.files.toLocaleString('en')} files verified`
        break
      case 'index.grown':
        label = `index: ${event.size.toLocaleString('en')} of ${event.total.toLocaleString('en')}`
        break
      case 'job.done':
      case 'job.failed':
        working = true
        if (event.name === 'job.done' || event.final) done++
        label = event.path === null ? '' : ending(shortPath(event.path))
        break
      // Those of watching are told by their own command, and those of models by showDownloads.
      case 'model.announced':
      case 'model.pulled':
      case 'watch.started':
      case 'watch.scanned':
      case 'watch.problem':
        return
    }
    display ??= isPlain(process.stderr) ? Promise.resolve(lines()) : bar()
  })
  return async () => {
    off()
    clearInterval(timer)
    if (display !== undefined) (await display).stop()
  }
}

/** The end of a path says more than its beginning. */
function ending(path: string): string {
  return path.length <= LABEL_LENGTH ? path : `…${path.slice(1 - LABEL_LENGTH)}`
}

async function bar(): Promise<Display> {
  const {default: progress} = await import('cli-progress')
  const shown = new progress.SingleBar({...barStyle(), format: '{bar} {value}/{total}  {eta_formatted} left  {label}'})
  shown.start(0, 0, {label: ''})
  return {
    update(done, total, label) {
      shown.setTotal(total)
      shown.update(done, {label})
    },
    stop: () => {
      shown.stop()
    },
  }
}

function lines(): Display {
  let last = Date.now()
  return {
    update(done, total, label) {
      if (Date.now() - last < LINE_EVERY_MS) return
      last = Date.now()
      process.stderr.write(total === 0 ? `scanning: ${label}\n` : `${done}/${total} jobs  ${label}\n`)
    },
    stop: () => undefined,
  }
}
