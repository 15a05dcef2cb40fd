import {createHash} from 'node:crypto'
import {isDeepStrictEqual} from 'node:util'
import Database from 'better-sqlite3'
import {spaces} from '../../dist/library/sqlite/spaces.js'
import {statsOf} from '../../dist/library/sqlite/stats.js'
import {plainCoverage, plainStats} from './plain-stats.js'

/** By what a row is known where its number means nothing. */
const NAMED_BY: Readonly<Record<string, readonly string[]>> = {
  root: ['path'],
  folder: ['path'],
  location: ['folder_id', 'name'],
  content: ['identity'],
  tag: ['name'],
  space: ['name'],
}
/** Caches, counts of the last minutes, and what only tells processes apart. */
const LEFT_OUT: ReadonlySet<string> = new Set(['query_vector', 'job_done', 'lock', 'setting', 'sqlite_sequence'])
/** Row numbers, clocks, and what a job knows of its workers. */
const MEANINGLESS: ReadonlySet<string> = new Set([
  'id',
  ...['added_at', 'updated_at', 'absent_since'],
  ...['attempts', 'owner', 'lease_until', 'run_after', 'priority'],
])
/** The words that are searched, and the content each of their rows is of. */
const WORDS = {
  text_row: 'SELECT id, id AS content FROM content',
  cue_row: 'SELECT id, content_id AS content FROM cue',
}

type Row = Record<string, unknown>

/** What a library file says, as sorted lines without row numbers and clock values: every row of every table, and every indexed word. */
export function dumpLibrary(file: string): string[] {
  const db = new Database(file, {readonly: true})
  try {
    const tables = db
      .prepare<[], string>("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
      .pluck()
      .all()
      .filter(table => !LEFT_OUT.has(table) && !table.startsWith('sqlite_'))
    return [...tables.flatMap(table => dumpTable(db, table)), ...dumpWords(db)].sort()
  } finally {
    db.close()
  }
}

/**
 * What is wrong with a library file in SQLite's own eyes, and what its counters have miscounted; nothing where all is well. A library of an earlier
 * version has no counters yet.
 */
export function faultsOf(file: string): string[] {
  const db = new Database(file)
  try {
    const integrity = db.pragma('integrity_check') as {integrity_check: string}[]
    const dangling = db.pragma('foreign_key_check') as {table: string}[]
    const has = (table: string): boolean => db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) !== undefined
    return [
      ...integrity.map(row => row.integrity_check).filter(line => line !== 'ok'),
      ...dangling.map(row => `${row.table} has a row that points nowhere`),
      ...(!has('tally') || isDeepStrictEqual(statsOf(db), plainStats(db)) ? [] : ['what stats tells is not what there is']),
      ...(!has('coverage') || isDeepStrictEqual(spaces(db).spaces(), plainCoverage(db).spaces)
        ? []
        : ['what the spaces are said to cover is not what they do']),
    ]
  } finally {
    db.close()
  }
}

/** The states of the jobs of a kind that are on the queue. */
export function jobsIn(file: string, kind: string): string[] {
  const db = new Database(file, {readonly: true})
  try {
    return db.prepare<[string], string>('SELECT state FROM job WHERE kind = ?').pluck().all(kind)
  } finally {
    db.close()
  }
}

function dumpTable(db: Database.Database, table: string): string[] {
  const targets = new Map(
    (db.pragma(`foreign_key_list(${table})`) as {from: string; table: string}[]).map(key => [key.from, key.table]),
  )
  const nameOf = namer(db)
  return db
    .prepare<[], Row>(`SELECT * FROM ${table}`)
    .all()
    .map(row => {
      if (table === 'job') targets.set('subject', row.kind === 'inspect' ? 'location' : 'content')
      const said = Object.entries(row)
        .filter(([column]) => !MEANINGLESS.has(column))
        .map(([column, value]) => [column, targets.has(column) ? nameOf(targets.get(column) as string, value) : readable(value)])
      return `${table} ${JSON.stringify(Object.fromEntries(said))}`
    })
}

function namer(db: Database.Database): (table: string, id: unknown) => unknown {
  const names = new Map<string, unknown>()
  const nameOf = (table: string, id: unknown): unknown => {
    if (id === null) return null
    const key = `${table} ${JSON.stringify(id)}`
    if (!names.has(key)) {
      const columns = NAMED_BY[table]
      if (columns === undefined) throw new Error(`the dump does not know what a row of ${table} is known by`)
      const row = db.prepare<[unknown], Row>(`SELECT ${columns.join(', ')} FROM ${table} WHERE id = ?`).get(id)
      const name = columns.map(column => (column === 'folder_id' ? nameOf('folder', row?.[column]) : row?.[column]))
      names.set(key, name.join('/'))
    }
    return names.get(key)
  }
  return nameOf
}

function dumpWords(db: Database.Database): string[] {
  const nameOf = namer(db)
  return Object.entries(WORDS).flatMap(([table, owners]) => {
    db.exec(`CREATE VIRTUAL TABLE temp.${table}_words USING fts5vocab(main, ${table}, instance)`)
    return db
      .prepare<[], {term: string; col: string; offset: number; content: number}>(
        `SELECT term, col, offset, content FROM temp.${table}_words LEFT JOIN (${owners}) AS owner ON owner.id = doc`,
      )
      .all()
      .map(({term, col, offset, content}) => `${table} ${JSON.stringify([nameOf('content', content), col, offset, term])}`)
  })
}

function readable(value: unknown): unknown {
  return Buffer.isBuffer(value) ? createHash('sha1').update(value).digest('hex') : value
}
