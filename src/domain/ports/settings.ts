/** What a person set, as far as use cases change it. */
export interface Settings {
  /** `starter`, a model of the folder of models, or a folder of a person's own. */
  readonly model: string
  /** Keeps another model for this and every later run. */
  chooseModel(name: string): Promise<void>
}

/** Other processes of this program. */
export interface Background {
  /** Starts a process that works off the queue and ends by itself, also after this one has ended. */
  work(): void
}
