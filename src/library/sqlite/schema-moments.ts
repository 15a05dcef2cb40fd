/** What a video is made of and what is heard in it: shots, sounds and spoken words, with their times. */
export const MOMENTS = `
  CREATE TABLE shot (
    content_id INTEGER NOT NULL REFERENCES content (id),
    ordinal INTEGER NOT NULL,
    start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    transition TEXT NOT NULL,
    motion REAL NOT NULL,
    PRIMARY KEY (content_id, ordinal)
  ) STRICT, WITHOUT ROWID;

  -- How loud a sound is on the whole (JSON; null where nothing is to be measured), and in each second (one signed byte, dB of full scale).
  CREATE TABLE loudness (
    content_id INTEGER PRIMARY KEY REFERENCES content (id),
    summary TEXT,
    by_second BLOB NOT NULL
  ) STRICT;

  -- What is heard, and when. kind: silence, speech, or a class that a model heard, which is then named.
  CREATE TABLE sound (
    id INTEGER PRIMARY KEY,
    content_id INTEGER NOT NULL REFERENCES content (id),
    start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    score REAL NOT NULL,
    model TEXT
  ) STRICT;
  CREATE INDEX sound_content ON sound (content_id);

  -- Spoken or written words with their times: from subtitles, or from a model that listened.
  CREATE TABLE cue (
    id INTEGER PRIMARY KEY,
    content_id INTEGER NOT NULL REFERENCES content (id),
    start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    text TEXT NOT NULL,
    source TEXT NOT NULL
  ) STRICT;
  CREATE INDEX cue_content ON cue (content_id);
  CREATE VIRTUAL TABLE cue_row USING fts5 (
    text,
    content = '', contentless_delete = 1,
    tokenize = 'porter unicode61 remove_diacritics 2'
  );
`

/** What a model that compares pictures with words sees at each moment: what a detector saw stands in `detection`. */
export const MOMENT_TAGS = `
  CREATE TABLE moment_tag (
    content_id INTEGER NOT NULL REFERENCES content (id),
    at_ms INTEGER NOT NULL,
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    confidence REAL NOT NULL,
    PRIMARY KEY (content_id, at_ms, tag_id)
  ) STRICT, WITHOUT ROWID;
`
