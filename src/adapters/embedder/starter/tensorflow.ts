import {createRequire} from 'node:module'
import type * as Wasm from '@tensorflow/tfjs-backend-wasm'
import type * as Converter from '@tensorflow/tfjs-converter'
import type * as Core from '@tensorflow/tfjs-core'

/**
 * TensorFlow.js, required and not imported: before Node imports CommonJS it searches all of it for names that are exported, which in these three
 * megabytes takes a fifth of a second of every first search.
 */
const require = createRequire(import.meta.url)

export const core = require('@tensorflow/tfjs-core') as typeof Core
export const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof Wasm
export const converter = require('@tensorflow/tfjs-converter') as typeof Converter
