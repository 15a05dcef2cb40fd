import type {Config} from '../config.js'
import {audioSuite} from './audio.js'
import {embedSuite} from './embed.js'
import type {BenchResult} from './measure.js'
import {librarySuite} from './library.js'
import {movesSuite} from './moves.js'
import type {ModelSize} from './random-model.js'
import {ryotSuite} from './ryot.js'
import {scanSuite} from './scan.js'
import {searchSuite} from './search.js'
import {startupSuite} from './startup.js'
import {videoSuite} from './video.js'

/** What a suite is given. It keeps its library, its cache and its files in `folder`, which is removed afterwards. */
export interface BenchContext {
  config: Config
  folder: string
  /** Folders of what is measured on: pictures, videos, sounds, with their labels. */
  media: readonly string[]
  /** GGUF files to measure the native engine with. */
  models: readonly string[]
  /** Sizes of models to make for that. */
  make: readonly ModelSize[]
  /** The native engine's kernel for whole models, or `auto`. */
  kernel: string
  rounds: number
  /** How many files the library of `library` knows. */
  files: number
  /** Also run another program that does the same, where it is installed. */
  peer: boolean
  signal: AbortSignal
  /** Says what could not be measured, and why. */
  note: (text: string) => void
}

/** Measures one thing after another; each figure is told as soon as it is there. */
export type Suite = (context: BenchContext) => AsyncIterable<BenchResult>

/** What `mediaforge bench` can measure, in the order of `all`. */
export const suites = {
  startup: startupSuite,
  scan: scanSuite,
  moves: movesSuite,
  library: librarySuite,
  search: searchSuite,
  embed: embedSuite,
  video: videoSuite,
  audio: audioSuite,
  ryot: ryotSuite,
} satisfies Record<string, Suite>
