import {readFile} from 'node:fs/promises'
import {extname} from 'node:path'
import {MediaForgeError, messageOf} from '../../domain/errors.js'

/** AudioSet's name of the column in which classes are named. */
const COLUMN = 'display_name'

/** The classes of a sound classifier, in the order of its scores. Rejects with `MODEL_MISSING`, and with `CONFIG_INVALID` for a table without names. */
export async function readLabels(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new MediaForgeError('MODEL_MISSING', `the labels ${path} cannot be read: ${messageOf(error)}`, {
      hint: 'mediaforge models verify; or pull the model again: mediaforge models pull NAME',
      cause: error,
    })
  })
  const lines = text.split(/\r?\n/).filter(line => line.trim() !== '')
  if (extname(path).toLowerCase() !== '.csv') return lines
  const [head = [], ...rows] = lines.map(cells)
  const column = head.indexOf(COLUMN)
  if (column < 0) {
    throw new MediaForgeError('CONFIG_INVALID', `${path} has no column '${COLUMN}'`, {
      hint: 'write the classes into a .txt instead, one a line, in the order of the scores',
    })
  }
  return rows.map(row => row[column] ?? '')
}

/** The cells of one line of a table (RFC 4180): those with commas in them stand in quotation marks. */
function cells(line: string): string[] {
  return [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}
