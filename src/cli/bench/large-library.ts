import {closeSync, fstatSync, mkdirSync, openSync} from 'node:fs'
import {join} from 'node:path'
import type {Db} from '../../library/sqlite/database.js'
import {openSqliteLibrary} from '../../library/sqlite/library.js'
import {generator} from './random.js'

/** Files a folder. */
const A_FOLDER = 1000
const PLACES = ['Lisbon', 'garden', 'Sarek', 'kitchen', 'Hiddensee', 'workshop', 'Kyoto', 'school', 'harbour', 'cabin']
const TAGS = 300
const DAY_MS = 86_400_000
const FIRST_DAY = Date.UTC(2004, 0, 1)

/** The n-th most frequent tag. */
export function tagOf(n: number): string {
  return n === 0 ? 'person' : `thing${n}`
}

/**
 * Empty files, a thousand a folder, and a library at `file` that knows them as photographs which have passed every stage: taken over twenty years,
 * with one to three tags each, of which few are frequent and most are rare. No model has seen them. Written in bulk, which no command could: by the
 * library's own methods a million would take most of an hour.
 */
export async function fillLargeLibrary(tree: string, file: string, files: number, space: string): Promise<void> {
  await (await openSqliteLibrary(file))[Symbol.asyncDispose]()
  const {default: Database} = await import('better-sqlite3')
  const db = new Database(file)
  try {
    db.pragma('synchronous = OFF')
    db.transaction(() => fill(db, tree, files, space))()
    db.exec("INSERT INTO text_row (text_row) VALUES ('optimize')")
  } finally {
    db.close()
  }
}

function fill(db: Db, tree: string, files: number, space: string): void {
  const add = {
    folder: db.prepare('INSERT INTO folder (id, root_id, path) VALUES (?, 1, ?)'),
    content: db.prepare(
      `INSERT INTO content (id, identity, size_bytes, kind, format, mime, captured_at, width, height, facts, own_facts, added_at)
       VALUES (@id, @id, @sizeBytes, 'photo', 'jpeg', 'image/jpeg', @at, 4032, 3024, @facts, @facts, '2026-01-01T00:00:00.000Z')`,
    ),
    location: db.prepare(
      `INSERT INTO location (id, folder_id, name, content_id, last_content_id, kind, format, mime, size_bytes, mtime_ms, inode)
       VALUES (@id, @folder, @name, @id, @id, 'photo', 'jpeg', 'image/jpeg', 0, @mtimeMs, @inode)`,
    ),
    tag: db.prepare("INSERT OR IGNORE INTO content_tag (content_id, tag_id, source, confidence) VALUES (?, ?, 'detector', 0.7)"),
    text: db.prepare("INSERT INTO text_row (rowid, name, folder, tags, captions, metadata) VALUES (?, ?, ?, ?, '', ?)"),
    pass: db.prepare('INSERT INTO space_pass (content_id, space) VALUES (?, ?)'),
  }
  db.prepare("INSERT INTO root (id, path, added_at) VALUES (1, ?, '2026-01-01')").run(tree)
  const addTag = db.prepare('INSERT INTO tag (id, name) VALUES (?, ?)')
  for (let n = 0; n < TAGS; n++) addTag.run(n + 1, tagOf(n))

  const random = generator(7)
  for (let id = 1; id <= files; id++) {
    const folder = Math.ceil(id / A_FOLDER)
    const day = new Date(FIRST_DAY + Math.floor((((folder - 1) * A_FOLDER) / files) * 20 * 365) * DAY_MS)
    const below = `${day.getUTCFullYear()}/${folder} ${PLACES[folder % PLACES.length]}`
    if (id % A_FOLDER === 1) {
      mkdirSync(join(tree, below), {recursive: true})
      add.folder.run(folder, join(tree, below))
    }
    const name = `IMG_${id}.jpg`
    const {ino, mtimeMs} = emptyFile(join(tree, below, name))
    const at = day.toISOString().slice(0, 19)
    const facts = JSON.stringify({width: 4032, height: 3024, captured: {at, source: 'exif'}})
    add.content.run({id, sizeBytes: 1_000_000 + ((id * 7919) % 9_000_000), at, facts})
    add.location.run({id, folder, name, mtimeMs, inode: ino})
    // The n-th tag is about 1/n as frequent as the first.
    const tags = Array.from({length: 1 + Math.floor(random() * 3)}, () => Math.floor(TAGS ** random()) - 1)
    for (const tag of tags) add.tag.run(id, tag + 1)
    add.text.run(id, name, below, tags.map(tagOf).join(' '), at.slice(0, 7))
    add.pass.run(id, space)
  }
}

function emptyFile(path: string): {ino: number; mtimeMs: number} {
  const file = openSync(path, 'wx')
  const stats = fstatSync(file)
  closeSync(file)
  return stats
}
