import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {readDocument, type Document} from './manifest.js'

/** One file a model, beside the program. */
const FOLDER = fileURLToPath(new URL('../../../data/models', import.meta.url))

/** The models that can be pulled, in name order: those that come with the program, and those whose manifests a person put into a folder. */
export async function readCatalogue(ownFolder: string): Promise<Document[]> {
  const entries = new Map<string, Document>()
  for (const folder of [FOLDER, ownFolder]) {
    const files = (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.json'))
    for (const document of await Promise.all(files.map(name => readDocument(join(folder, name))))) {
      entries.set(document.name, document)
    }
  }
  return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
