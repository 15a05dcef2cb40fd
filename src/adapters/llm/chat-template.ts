import * as jinja from '@huggingface/jinja'
import {MediaForgeError, messageOf} from '../../domain/errors.js'

interface Turn {
  role: string
  content: string
}

/** The texts of the tokens that a model's texts begin and end with, where it has such. */
interface Edges {
  bos: string | null
  eos: string | null
}

/** The parts of Jinja: the package's own types of them are not found where modules are resolved as Node does. */
interface Jinja {
  tokenize(template: string, options: {lstrip_blocks: boolean; trim_blocks: boolean}): object
  parse(tokens: object): object
  Environment: new () => {set(name: string, value: unknown): void}
  Interpreter: new (environment: object) => {
    run(program: object): {value: unknown}
    evaluate(statement: object, environment: object): {value: unknown}
  }
}
const {tokenize, parse, Environment, Interpreter} = jinja as unknown as Jinja

/** A template is part of a model's file, which may be anyone's: these bound what it can take. A turn of a conversation is some 50 steps. */
const MOST_STEPS = 300_000
const MOST_CHARACTERS = 4_000_000
const MOST_ITEMS = 100_000
/** What models come with is a tenth of this. */
const LONGEST_TEMPLATE = 200_000

export interface ChatTask {
  template: string
  messages: readonly Turn[]
  edges: Edges
}

/**
 * The text of a conversation up to where the answer begins, in the form that the model was trained on: its own Jinja template, with the names
 * that Transformers gives to templates. Throws `MODEL_INVALID` for a template that is none or does not end, `USAGE` where it refuses these turns. A few
 * steps of a hostile one may take minutes: see `withinTime`.
 */
export function renderChat({template, messages, edges}: ChatTask): string {
  const program = programOf(template)
  const environment = new Environment()
  const names = {
    ...{true: true, false: false, none: null, True: true, False: false, None: null},
    ...{raise_exception: raise, range, strftime_now: formatNow},
    messages: messages.map(({role, content}) => ({role, content})),
    add_generation_prompt: true,
    bos_token: edges.bos ?? '',
    eos_token: edges.eos ?? '',
  }
  for (const [name, value] of Object.entries(names)) environment.set(name, value)
  try {
    return String(new BoundedInterpreter(environment).run(program).value)
  } catch (error) {
    if (error instanceof MediaForgeError) throw error
    // A stack that is too deep, or a text that is too long for a string, is the template's doing.
    if (error instanceof RangeError) throw invalid(messageOf(error), error)
    throw new MediaForgeError('USAGE', `the model's chat template does not take these messages: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function programOf(template: string): object {
  if (template.length > LONGEST_TEMPLATE) throw invalid('it is too long')
  try {
    // As Transformers reads them.
    return parse(tokenize(template, {lstrip_blocks: true, trim_blocks: true}))
  } catch (error) {
    throw invalid(messageOf(error), error)
  }
}

class BoundedInterpreter extends Interpreter {
  private steps = 0

  override evaluate(statement: object, environment: object): {value: unknown} {
    if (++this.steps > MOST_STEPS) throw invalid('it does not end')
    const result = super.evaluate(statement, environment)
    const {value} = result
    if (typeof value === 'string' && value.length > MOST_CHARACTERS) throw invalid('its text is too long')
    if (Array.isArray(value) && value.length > MOST_ITEMS) throw invalid('a list is too long')
    return result
  }
}

function invalid(why: string, cause?: unknown): MediaForgeError {
  return new MediaForgeError('MODEL_INVALID', `the model's chat template cannot be used: ${why}`, {cause})
}

function raise(message: unknown): never {
  throw new Error(String(message))
}

function range(first: number, second?: number, step = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second]
  const length = Math.max(0, Math.ceil((stop - start) / step))
  if (!(length <= MOST_ITEMS)) throw invalid('a list is too long')
  return Array.from({length}, (_, i) => start + i * step)
}

/** What templates ask of a date, as C's `strftime` has it: in English, as models were trained on. */
function formatNow(format: string): string {
  const now = new Date()
  const padded = (value: number): string => String(value).padStart(2, '0')
  const named = (options: Intl.DateTimeFormatOptions): string => now.toLocaleString('en', options)
  const fields: Record<string, () => string> = {
    Y: () => String(now.getFullYear()),
    m: () => padded(now.getMonth() + 1),
    d: () => padded(now.getDate()),
    H: () => padded(now.getHours()),
    M: () => padded(now.getMinutes()),
    S: () => padded(now.getSeconds()),
    b: () => named({month: 'short'}),
    B: () => named({month: 'long'}),
    a: () => named({weekday: 'short'}),
    A: () => named({weekday: 'long'}),
    '%': () => '%',
  }
  return format.replaceAll(/%(.)/g, (whole, field: string) => fields[field]?.() ?? whole)
}
