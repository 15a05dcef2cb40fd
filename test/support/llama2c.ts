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
