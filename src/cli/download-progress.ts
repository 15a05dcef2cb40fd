import type {MultiBar, SingleBar} from 'cli-progress'
import type {ModelOffer} from '../domain/models.js'
import {formatSize} from '../domain/units.js'
import type {Ports} from '../services/ports.js'
import {barStyle} from './bar-style.js'
import {isPlain} from './config.js'
import {offerText} from './print/models.js'

const LINE_EVERY_MS = 5000
const MEGABYTE = 1e6

interface Display {
  announce(offer: ModelOffer): void
  update(model: string, doneBytes: number, totalBytes: number | null): void
  stop(): void
}

/**
 * Shows on stderr what is about to be downloaded, under which terms, and how far each model is: bars for a person at a terminal, a line now and then
 * elsewhere. Returns the call that ends it.
 */
export function showDownloads({bus}: Pick<Ports, 'bus'>): () => Promise<void> {
  let display: Promise<Display> | undefined
  const off = bus.on(event => {
    if (event.name !== 'model.announced' && event.name !== 'model.pulled') return
    display ??= isPlain(process.stderr) ? Promise.resolve(lines()) : bars()
    // In the order of the events: each waits for the same display.
    void display.then(shown => {
      if (event.name === 'model.announced') shown.announce(event)
      else shown.update(event.model, event.doneBytes, event.totalBytes)
    })
  })
  return async () => {
    off()
    ;(await display)?.stop()
  }
}

async function bars(): Promise<Display> {
  const {default: progress} = await import('cli-progress')
  const shown: MultiBar = new progress.MultiBar({
    ...barStyle(),
    format: '{bar} {value}/{total} MB  {eta_formatted} left  {label}',
  })
  const open = new Map<string, SingleBar>()
  return {
    announce(offer) {
      shown.log(`${offerText(offer)}\n`)
      open.set(offer.model, shown.create(Math.ceil((offer.sizeBytes ?? 0) / MEGABYTE), 0, {label: offer.model}))
    },
    update(model, doneBytes, totalBytes) {
      const bar = open.get(model)
      bar?.setTotal(Math.ceil((totalBytes ?? doneBytes) / MEGABYTE))
      bar?.update(Math.round(doneBytes / MEGABYTE), {label: doneBytes === totalBytes ? `${model} is checked` : model})
    },
    stop() {
      // What was announced last may not be on the screen yet.
      shown.update()
      shown.stop()
    },
  }
}

function lines(): Display {
  const last = new Map<string, number>()
  return {
    announce(offer) {
      last.set(offer.model, Date.now())
      process.stderr.write(`${offerText(offer)}\n`)
    },
    update(model, doneBytes, totalBytes) {
      if (Date.now() - (last.get(model) ?? 0) < LINE_EVERY_MS) return
      last.set(model, Date.now())
      const total = totalBytes === null ? '' : ` of ${formatSize(totalBytes)}`
      process.stderr.write(`${model}: ${formatSize(doneBytes)}${total}\n`)
    },
    stop: () => undefined,
  }
}
