import {Template} from '@huggingface/jinja'
import {MediaForgeError, messageOf} from '../../domain/errors.js'
import type {Prompt} from '../../domain/ports/language-model.js'

/** What a model's file says of conversations. */
export interface ChatForm {
  template: string | undefined
  bos: string | null
  eos: string | null
}

/** The text that a model reads. Throws `USAGE` where it knows no conversations, or not this one. */
export function promptOf({prompt, messages}: Prompt, {template, bos, eos}: ChatForm): string {
  if (messages === undefined) return prompt
  if (template === undefined || template === '') {
    throw new MediaForgeError('USAGE', 'this model has no chat template', {hint: 'give a prompt instead of messages'})
  }
  try {
    return new Template(template).render({messages, add_generation_prompt: true, bos_token: bos ?? '', eos_token: eos ?? ''})
  } catch (error) {
    throw new MediaForgeError('USAGE', `the chat template does not take these messages: ${messageOf(error)}`, {cause: error})
  }
}
