import {MediaForgeError} from '../../domain/errors.js'
import type {GenerateRequest} from '../../domain/ports/language-model.js'

/** Throws `USAGE` for what no model can meet, whatever its backend would make of it. */
export function checkRequest(request: GenerateRequest): void {
  const {maxTokens = 0, temperature = 0, topK = 0, topP = 1, minP = 0, repetitionPenalty = 1, seed = 0} = request
  const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < 2 ** 31
  const isShare = (value: number): boolean => value >= 0 && value <= 1
  demand('maxTokens', isCount(maxTokens), 'a whole number from 0 on')
  demand('temperature', Number.isFinite(temperature) && temperature >= 0, 'a number from 0 on')
  demand('topK', isCount(topK), 'a whole number from 0 on')
  demand('topP', isShare(topP), 'between 0 and 1')
  demand('minP', isShare(minP), 'between 0 and 1')
  demand('repetitionPenalty', Number.isFinite(repetitionPenalty) && repetitionPenalty > 0, 'a number above 0')
  demand('seed', Number.isFinite(seed), 'a number')
  if (request.jsonSchema !== undefined && request.stop?.some(text => text !== '') === true) {
    throw new MediaForgeError('USAGE', "'stop' would cut what 'jsonSchema' keeps whole", {hint: 'leave one of them out'})
  }
}

function demand(name: string, holds: boolean, what: string): void {
  if (!holds) throw new MediaForgeError('USAGE', `'${name}' must be ${what}`)
}
