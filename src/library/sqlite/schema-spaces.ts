/**
 * Which contents each space covers, so that a model can be taken up again without embedding everything anew; a content in which a model saw nothing
 * has passed, too, and has no vector. Captions are a content's own, one a model and moment.
 */
export const SPACES = `
  CREATE TABLE space_pass (
    content_id INTEGER NOT NULL REFERENCES content (id),
    space TEXT NOT NULL,
    PRIMARY KEY (content_id, space)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO space_pass SELECT content_id, version FROM stage_pass WHERE kind = 'embed';

  CREATE TABLE caption (
    content_id INTEGER NOT NULL REFERENCES content (id),
    at_ms INTEGER NOT NULL,
    model TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (content_id, at_ms, model)
  ) STRICT, WITHOUT ROWID;
`
