import {COVERAGE} from './schema-coverage.js'
import {DESCRIPTIONS} from './schema-descriptions.js'
import {FILTERS} from './schema-filters.js'
import {GROUPS} from './schema-groups.js'
import {SPACES} from './schema-spaces.js'
import {MOMENT_TAGS, MOMENTS} from './schema-moments.js'
import {MOVES} from './schema-moves.js'
import {TALLIES} from './schema-tallies.js'

/**
 * The library's tables, one entry a version: entry 0 makes version 1. Entries are only ever added, since people's libraries carry
 * the version they were last opened with.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE root (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    added_at TEXT NOT NULL
  ) STRICT;

  -- A million paths share few folders: the folder's path is stored once.
  CREATE TABLE folder (
    id INTEGER PRIMARY KEY,
    root_id INTEGER NOT NULL REFERENCES root (id),
    path TEXT NOT NULL UNIQUE
  ) STRICT;

  CREATE TABLE content (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE,
    size_bytes INTEGER NOT NULL,
    kind TEXT NOT NULL,
    format TEXT NOT NULL,
    mime TEXT NOT NULL,
    captured_at TEXT,
    duration_ms INTEGER,
    width INTEGER,
    height INTEGER,
    facts TEXT NOT NULL,
    statistics TEXT,
    added_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX content_captured ON content (captured_at);

  -- Where contents were seen. content_id is null until inspected, and for good where kind is null: a file that is no media.
  CREATE TABLE location (
    id INTEGER PRIMARY KEY,
    folder_id INTEGER NOT NULL REFERENCES folder (id),
    name TEXT NOT NULL,
    content_id INTEGER REFERENCES content (id),
    kind TEXT,
    format TEXT,
    mime TEXT,
    size_bytes INTEGER NOT NULL,
    mtime_ms REAL NOT NULL,
    inode REAL NOT NULL,
    state TEXT NOT NULL DEFAULT 'present',
    UNIQUE (folder_id, name)
  ) STRICT;
  CREATE INDEX location_content ON location (content_id);

  CREATE TABLE keyframe (
    content_id INTEGER NOT NULL REFERENCES content (id),
    ordinal INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (content_id, ordinal)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE detection (
    id INTEGER PRIMARY KEY,
    content_id INTEGER NOT NULL REFERENCES content (id),
    at_ms INTEGER NOT NULL,
    label TEXT NOT NULL,
    score REAL NOT NULL,
    box TEXT NOT NULL,
    model TEXT NOT NULL
  ) STRICT;
  CREATE INDEX detection_content ON detection (content_id);

  CREATE TABLE tag (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE content_tag (
    content_id INTEGER NOT NULL REFERENCES content (id),
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    source TEXT NOT NULL,
    confidence REAL NOT NULL,
    model TEXT,
    PRIMARY KEY (content_id, tag_id, source)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX content_tag_tag ON content_tag (tag_id, content_id);
  -- What a person took away, so that no machine brings it back.
  CREATE TABLE refused_tag (
    content_id INTEGER NOT NULL REFERENCES content (id),
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    PRIMARY KEY (content_id, tag_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE space (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    dimension INTEGER NOT NULL
  ) STRICT;
  -- AUTOINCREMENT: an id is never used twice, so that an index file can take in what lies above its mark.
  CREATE TABLE vector (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    space_id INTEGER NOT NULL REFERENCES space (id),
    content_id INTEGER NOT NULL REFERENCES content (id),
    aspect TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    data BLOB NOT NULL
  ) STRICT;
  CREATE INDEX vector_content ON vector (content_id, space_id);
  CREATE INDEX vector_space ON vector (space_id, aspect);

  -- Which version of a stage each content passed last.
  CREATE TABLE stage_pass (
    content_id INTEGER NOT NULL REFERENCES content (id),
    kind TEXT NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (content_id, kind)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    subject INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued',
    attempts INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    lease_until INTEGER NOT NULL DEFAULT 0,
    run_after INTEGER NOT NULL DEFAULT 0,
    error_code TEXT,
    error_message TEXT,
    updated_at TEXT NOT NULL,
    UNIQUE (kind, subject)
  ) STRICT;
  CREATE INDEX job_next ON job (kind, state, run_after);

  CREATE TABLE query_vector (
    space TEXT NOT NULL,
    text TEXT NOT NULL,
    data BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (space, text)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Tells this library's index files from those of another one in the same cache.
  INSERT INTO setting (name, value) VALUES ('id', lower(hex(randomblob(8))));

  CREATE VIRTUAL TABLE text_row USING fts5 (
    name, folder, tags, captions, metadata,
    content = '', contentless_delete = 1,
    tokenize = 'porter unicode61 remove_diacritics 2'
  );
  `,
  `
  -- What was added last is worked on first. The older index tells when a job may next be claimed, this one which it is.
  ALTER TABLE job ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX job_order ON job (kind, priority DESC, id, run_after) WHERE state = 'queued';

  -- Finished jobs leave no row, only a count in their slot of some seconds, for the last minutes.
  CREATE TABLE job_done (
    kind TEXT NOT NULL,
    slot INTEGER NOT NULL,
    jobs INTEGER NOT NULL,
    PRIMARY KEY (kind, slot)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Since when it is in its state; null while it is there. For what was gone already, the time that is known is now.
  ALTER TABLE location ADD COLUMN absent_since TEXT;
  UPDATE location SET absent_since = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE state <> 'present';
  CREATE INDEX location_absent ON location (state, id) WHERE state <> 'present';
  `,
  `
  -- What only one process does at a time, and until when it holds without being heard of (milliseconds since 1970).
  CREATE TABLE lock (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- The disk a root is on, by the id of its file system, and where on it: it may be mounted elsewhere tomorrow.
  ALTER TABLE root ADD COLUMN volume_id TEXT;
  ALTER TABLE root ADD COLUMN volume_path TEXT;
  `,
  DESCRIPTIONS,
  SPACES,
  MOMENTS,
  MOMENT_TAGS,
  MOVES,
  `
  -- Contents that were read while their file was still being written, as it turned out: it has changed at once.
  CREATE TABLE unsettled (content_id INTEGER PRIMARY KEY REFERENCES content (id)) STRICT;
  `,
  TALLIES,
  FILTERS,
  COVERAGE,
  `
  -- A segment of the words is written anew when this share of its rows is gone, in percent. At the usual 10 a folder that is moved costs half as much again.
  INSERT INTO text_row (text_row, rank) VALUES ('deletemerge', 30);
  `,
  GROUPS,
  `
  -- Which contents the vectors of a space belong to, without the vectors: a row fills a page.
  CREATE INDEX vector_owner ON vector (space_id, aspect, content_id);
  `,
]
