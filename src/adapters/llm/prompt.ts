import {MediaForgeError} from '../../domain/errors.js'
import type {Prompt} from '../../domain/ports/language-model.js'
import {renderChat} from './chat-template.js'

/** What a model's file says of conversations. */
export interface ChatForm {
  template: string | undefined
  bos: string | null
  eos: string | null
}

/** The text that a model reads. Throws `USAGE` where it knows no conversations, or not this one, and `MODEL_INVALID` where its template is none. */
export function promptOf({prompt, messages}: Prompt, {template, bos, eos}: ChatForm): string {
  if (messages === undefined) return prompt
  if (template === undefined || template === '') {
    throw new MediaForgeError('USAGE', 'this model has no chat template', {hint: 'give a prompt instead of messages'})
  }
  return renderChat(template, messages, {bos, eos})
}
