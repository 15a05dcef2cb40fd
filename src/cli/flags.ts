import {Flags} from '@oclif/core'

/** Of every command in which a model may work. */
export const threadsFlag = Flags.integer({
  description: 'cores that models may take; all physical cores where it is not given',
  min: 1,
  max: 1024,
})
