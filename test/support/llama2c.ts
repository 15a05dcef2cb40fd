import {execFile} from 'node:child_process'
import {join} from 'node:path'
import {execPath} from 'node:process'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'

const SCRIPT = fileURLToPath(new URL('../../scripts/llama2c-to-gguf.mjs', import.meta.url))

/** Writes a model of llama2.c and its vocabulary as GGUF. */
export async function writeLlama2c(path: string, model: string, vocabulary: string): Promise<void> {
  await promisify(execFile)(execPath, [SCRIPT, model, vocabulary, path])
}

/** The model that writes stories, of the test data. */
export async function writeStories(path: string, fixtures: string): Promise<void> {
  const folder = join(fixtures, 'models/llm')
  await writeLlama2c(path, join(folder, 'stories260K.bin'), join(folder, 'tok512.bin'))
}

/** What llama2.c writes with that model, `./run stories260K.bin -z tok512.bin -t 0` (its doc/stories260K.md), and how many tokens that is. */
export const STORY = [
  'Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. She wanted to play with it, but it was too high.',
  'Lily\'s mom said, "Lily, let\'s go to the park." Lily was sad and didn\'t know what to do. She said, "I want to play with your ball, but I can\'t find it."',
  "Lily was sad and didn't know what to do. She said, \"I'm sorry, Lily. I didn't know what to do.\"",
  "Lily didn't want to help her mom, so she said, \"I'm sorry, mom. I didn't know what to do.\" Her mom said, \"Don't worry, Lily. We can help you.",
].join('\n')
export const STORY_TOKENS = 256
