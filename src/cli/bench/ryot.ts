import {openRyot} from '../../adapters/native/ryot.js'
import {MediaForgeError, messageOf} from '../../domain/errors.js'
import type {BenchResult} from './measure.js'
import {grammarResults} from './ryot-grammar.js'
import {kernelResults} from './ryot-kernels.js'
import {modelResults} from './ryot-models.js'
import type {BenchContext} from './suites.js'

/** The native engine: its kernels, what a grammar costs, then whole models against llama.cpp where there are any to measure. */
export async function* ryotSuite(context: BenchContext): AsyncIterable<BenchResult> {
  const {make, models, note} = context
  let ryot: ReturnType<typeof openRyot>
  try {
    ryot = openRyot()
  } catch (error) {
    if (!(error instanceof MediaForgeError)) throw error
    note(messageOf(error))
    return
  }
  yield* kernelResults(ryot, context)
  yield* grammarResults(context)
  yield* modelResults(context)
  if (make.length + models.length === 0) note('no whole model was measured: --make 2b writes one, --model FILE names one')
}
