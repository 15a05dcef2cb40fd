export const TAG_SOURCES = ['manual', 'metadata', 'detector', 'sound', 'zero-shot', 'llm'] as const
export type TagSource = (typeof TAG_SOURCES)[number]

/** One tag on one content. `model` names who said so, for machine-made tags. */
export interface Tag {
  name: string
  source: TagSource
  /** 0 to 1; a person's own tags are 1. */
  confidence: number
  model?: string
}
