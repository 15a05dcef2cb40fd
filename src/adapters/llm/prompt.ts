import {MediaForgeError} from '../../domain/errors.js'
import type {Message, Prompt} from '../../domain/ports/language-model.js'
import {piecesOf, type Pieces} from './said.js'
import {renderChatAside} from './thread.js'

/** What a model knows of conversations. */
export interface ChatForm {
  template: string | undefined
  bos: string | null
  eos: string | null
  /** Whether a text holds the name of a control token. */
  holdsNames(text: string): Promise<boolean>
}

const ROLES: readonly Message['role'][] = ['system', 'user', 'assistant']

/**
 * What a model reads; a bare prompt is all said. Rejects with `USAGE` where it knows no conversations, or not this one, and `MODEL_INVALID` where its
 * template is none.
 */
export async function promptOf(
  {prompt, messages}: Prompt,
  {template, bos, eos, holdsNames}: ChatForm,
  signal: AbortSignal | undefined,
): Promise<Pieces> {
  if (messages === undefined) return ['', prompt]
  if (template === undefined || template === '') {
    throw new MediaForgeError('USAGE', 'this model has no chat template', {hint: 'give a prompt instead of messages'})
  }
  // Templates write a role as it comes.
  const stranger = messages.find(({role}) => !ROLES.includes(role))
  if (stranger !== undefined) {
    throw new MediaForgeError('USAGE', `there is no role '${stranger.role}'`, {hint: `one of ${ROLES.join(', ')}`})
  }
  const render = (contents: readonly string[]): Promise<string> => {
    const turns = messages.map(({role}, turn) => ({role, content: contents[turn] ?? ''}))
    return renderChatAside({template, messages: turns, edges: {bos, eos}}, signal)
  }
  return piecesOf(
    render,
    messages.map(({content}) => content),
    holdsNames,
  )
}
