import {copyFile, cp, mkdir, rename} from 'node:fs/promises'
import {join} from 'node:path'
import Database from 'better-sqlite3'
import {fillTree} from '../../dist/cli/bench/made-tree.js'
import {generator} from '../../dist/cli/bench/random.js'
import {MIGRATIONS} from '../../dist/library/sqlite/schema.js'
import {drawShots, ffmpeg} from '../support/clips.js'
import {drawPicture} from '../support/scene.js'

/** A library with its caches, as one command left it or the next one finds it. */
export interface State {
  dataDir: string
  cacheDir: string
}

export interface Stage {
  name: string
  args: string[]
  /** The stage whose end is the beginning of this one; null where there is no library yet. */
  after: string | null
  /** What is done to the library before, also by the program, so that the stage has work worth a kill. */
  prepare?: (state: State, run: (args: string[]) => Promise<unknown>) => Promise<void> | void
  /** Whether what it prints is the same in every run, but for the time it took. */
  isAnswer?: true
  /** Jobs of this kind come from nowhere else, so each that waited is to be done once. */
  kind?: string
}

/** So many that some are written while others are still being looked at. */
const MOVED_FILES = 6000

/** A library's whole life in one run, then its stages one by one; a few kills meet the first of them. */
export function stagesOf(media: string, moved: string): Stage[] {
  return [
    {name: 'all', args: ['scan', media], after: null},
    {name: 'migration', args: ['stats'], after: null, prepare: makeFirstVersion, isAnswer: true},
    {name: 'scan', args: ['scan', media, '--queue-only'], after: null},
    {name: 'inspect', args: ['work', '--kind', 'inspect', '--kind', 'frames'], after: 'scan', kind: 'inspect'},
    {name: 'embed', args: ['work', '--kind', 'embed'], after: 'inspect', kind: 'embed'},
    {name: 'tag', args: ['work', '--kind', 'tag'], after: 'embed', kind: 'tag'},
    {
      name: 'moves',
      args: ['scan', moved, '--queue-only'],
      after: null,
      prepare: async (_, run) => {
        await fillTree(join(moved, 'before'), MOVED_FILES)
        await run(['scan', moved, '--kind', 'inspect'])
        await rename(join(moved, 'before'), join(moved, 'after'))
      },
    },
    {name: 'index', args: ['search', '--semantic', 'a dog'], after: 'tag', prepare: multiplyVectors, isAnswer: true},
  ]
}

export async function copyState(from: State, to: State): Promise<void> {
  await cp(from.dataDir, to.dataDir, {recursive: true})
  await cp(from.cacheDir, to.cacheDir, {recursive: true})
}

/** Pictures, one of them twice, a video with shots, and a sound. */
export async function makeMedia(folder: string): Promise<void> {
  for (let i = 0; i < 14; i++) await drawPicture(join(folder, `pictures/${i % 3}/IMG_2019020${1 + (i % 9)}_1405${10 + i}.jpg`), i)
  await mkdir(join(folder, 'more'))
  await copyFile(join(folder, 'pictures/0/IMG_20190201_140510.jpg'), join(folder, 'more/copy.jpg'))
  await drawShots(join(folder, 'more/shots.mp4'), [
    ['counter', 2],
    ['bars', 2],
    ['fractal', 2],
  ])
  await ffmpeg('-f', 'lavfi', '-t', '2', '-i', 'sine=frequency=440', '-metadata', 'title=A tone', join(folder, 'more/tone.mp3'))
}

const VECTORS = 600

/** A graph of a few vectors is written faster than anybody can kill. */
function multiplyVectors({dataDir}: State): void {
  const db = new Database(join(dataDir, 'library.db'))
  const random = generator(7)
  const one = db.prepare('SELECT space_id, content_id, aspect, at_ms, length(data) / 4 AS length FROM vector LIMIT 1')
  const {length, ...row} = one.get() as {length: number}
  const insert = db.prepare(
    'INSERT INTO vector (space_id, content_id, aspect, at_ms, data) VALUES (@space_id, @content_id, @aspect, @at_ms, @data)',
  )
  db.transaction(() => {
    for (let i = 0; i < VECTORS; i++) {
      const data = Float32Array.from({length}, () => (random() - 0.5) / Math.sqrt(length))
      insert.run({...row, at_ms: i, data: Buffer.from(data.buffer)})
    }
  })()
  db.close()
}

const OLD_FILES = 5000

/** A library as the first version of this program left it. */
async function makeFirstVersion({dataDir}: State): Promise<void> {
  await mkdir(dataDir, {recursive: true})
  const db = new Database(join(dataDir, 'library.db'))
  db.exec(`PRAGMA journal_mode = WAL; BEGIN; ${MIGRATIONS[0]}
    PRAGMA user_version = 1;
    INSERT INTO root VALUES (1, '/photos', '2024-01-01');
    INSERT INTO folder VALUES (1, 1, '/photos');
    INSERT INTO tag VALUES (1, 'beach'), (2, 'dog');
    CREATE TEMP TABLE n (i INTEGER PRIMARY KEY);
    INSERT INTO n WITH RECURSIVE count (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM count WHERE i < ${OLD_FILES}) SELECT i FROM count;
    INSERT INTO content (id, identity, size_bytes, kind, format, mime, facts, added_at)
      SELECT i, 'content ' || i, 1000 + i, 'photo', 'jpeg', 'image/jpeg', '{"title":"picture ' || i || '"}', '2024-01-01' FROM n;
    INSERT INTO location (id, folder_id, name, content_id, kind, format, mime, size_bytes, mtime_ms, inode)
      SELECT i, 1, i || '.jpg', i, 'photo', 'jpeg', 'image/jpeg', 1000 + i, 1000.5, i FROM n;
    INSERT INTO content_tag SELECT i, 1 + i % 2, 'manual', 1, NULL FROM n;
    INSERT INTO stage_pass SELECT i, 'embed', 'starter' FROM n;
    COMMIT`)
  db.close()
}
