import {readFile} from 'node:fs/promises'
import * as v from 'valibot'
import {MediaForgeError, messageOf} from '../../domain/errors.js'

const Id = v.pipe(v.number(), v.integer(), v.minValue(0))

const GenerationSchema = v.looseObject({
  decoder_start_token_id: Id,
  eos_token_id: Id,
  no_timestamps_token_id: Id,
  /** Tokens that are never said, such as those of music notes; and those that nothing begins with. */
  suppress_tokens: v.optional(v.nullable(v.array(Id)), []),
  begin_suppress_tokens: v.optional(v.nullable(v.array(Id)), []),
  max_initial_timestamp_index: v.optional(Id, 50),
  /** Models of English alone have neither languages nor tasks. */
  lang_to_id: v.optional(v.record(v.string(), Id), {}),
  task_to_id: v.optional(v.record(v.string(), Id), {}),
})

/** The special tokens of a Whisper model, by what they are for. */
export interface SpecialTokens {
  start: number
  end: number
  noTimestamps: number
  /** 0.00 s; each one after it is 20 ms later, and the last tokens there are. */
  firstTime: number
  /** How likely it is just after the start says how likely nobody speaks. */
  noSpeech: number
  never: number[]
  neverFirst: number[]
  /** Speech begins with one of so many times. */
  latestStart: number
  languages: number[]
  /** Null in models of one language. */
  transcribe: number | null
}

/** Reads `generation_config.json`. Rejects with `MODEL_MISSING`, and with `CONFIG_INVALID` where it makes no sense. */
export async function readSpecialTokens(path: string): Promise<SpecialTokens> {
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw new MediaForgeError('MODEL_MISSING', `${path} cannot be read: ${messageOf(error)}`, {
      hint: 'mediaforge models verify; or pull the model again: mediaforge models pull NAME',
      cause: error,
    })
  }
  const result = v.safeParse(GenerationSchema, json)
  if (!result.success) {
    const [issue] = result.issues
    throw new MediaForgeError('CONFIG_INVALID', `${path}: ${v.getDotPath(issue) ?? ''}: ${issue.message.toLowerCase()}`)
  }
  const {output} = result
  return {
    start: output.decoder_start_token_id,
    end: output.eos_token_id,
    noTimestamps: output.no_timestamps_token_id,
    firstTime: output.no_timestamps_token_id + 1,
    noSpeech: output.no_timestamps_token_id - 1,
    never: output.suppress_tokens ?? [],
    neverFirst: output.begin_suppress_tokens ?? [],
    latestStart: output.max_initial_timestamp_index,
    languages: Object.values(output.lang_to_id),
    transcribe: output.task_to_id.transcribe ?? null,
  }
}
