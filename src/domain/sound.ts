/** How loud a sound is on the whole, by EBU R128 (Tech 3341). */
export interface Loudness {
  integratedLufs: number
  rangeLu: number
  truePeakDbtp: number
}

/** What is heard from one time to another. */
export interface Sound {
  startMs: number
  endMs: number
  /** `silence` and `speech`, or what a model heard: `class`. */
  kind: 'silence' | 'speech' | 'class'
  /** `silence`, `speech`, or the class: `dog bark`. */
  label: string
  /** 0 to 1. */
  score: number
  /** Who heard it; null where it was measured. */
  model: string | null
}

/** All that is known of how something sounds. */
export interface SoundView {
  loudness: Loudness | null
  /** Mean level of each second, in whole dB of full scale. */
  levelBySecond: Int8Array
  sounds: Sound[]
}
