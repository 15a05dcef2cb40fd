/**
 * What `stats` tells. Counting a million rows takes longer than a person wants to wait, so each row is counted as it comes, changes or goes.
 * `tally` has files by state and contents by kind, what the contents weigh and how many have a tag; of tags and spaces their own rows tell.
 */
export const TALLIES = `
  CREATE TABLE tally (
    name TEXT PRIMARY KEY,
    n INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO tally SELECT 'files.' || state, count(*) FROM location WHERE kind IS NOT NULL GROUP BY state;
  INSERT INTO tally SELECT 'contents.' || kind, count(*) FROM content GROUP BY kind;
  INSERT INTO tally SELECT 'bytes', coalesce(sum(size_bytes), 0) FROM content;
  INSERT INTO tally SELECT 'tagged', count(DISTINCT content_id) FROM content_tag;

  CREATE TRIGGER location_counted AFTER INSERT ON location WHEN NEW.kind IS NOT NULL BEGIN
    INSERT INTO tally VALUES ('files.' || NEW.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
  END;
  CREATE TRIGGER location_recounted AFTER UPDATE OF state, kind ON location
  WHEN OLD.state <> NEW.state OR (OLD.kind IS NULL) <> (NEW.kind IS NULL) BEGIN
    UPDATE tally SET n = n - 1 WHERE OLD.kind IS NOT NULL AND name = 'files.' || OLD.state;
    INSERT INTO tally VALUES ('files.' || NEW.state, NEW.kind IS NOT NULL) ON CONFLICT DO UPDATE SET n = n + excluded.n;
  END;
  CREATE TRIGGER location_discounted AFTER DELETE ON location WHEN OLD.kind IS NOT NULL BEGIN
    UPDATE tally SET n = n - 1 WHERE name = 'files.' || OLD.state;
  END;

  CREATE TRIGGER content_counted AFTER INSERT ON content BEGIN
    INSERT INTO tally VALUES ('contents.' || NEW.kind, 1) ON CONFLICT DO UPDATE SET n = n + 1;
    UPDATE tally SET n = n + NEW.size_bytes WHERE name = 'bytes';
  END;
  CREATE TRIGGER content_discounted AFTER DELETE ON content BEGIN
    UPDATE tally SET n = n - 1 WHERE name = 'contents.' || OLD.kind;
    UPDATE tally SET n = n - OLD.size_bytes WHERE name = 'bytes';
  END;

  -- Several sources may give one tag to a content: it counts once.
  ALTER TABLE tag ADD COLUMN contents INTEGER NOT NULL DEFAULT 0;
  UPDATE tag SET contents = (SELECT count(DISTINCT content_id) FROM content_tag WHERE tag_id = tag.id);
  CREATE TRIGGER content_tag_counted AFTER INSERT ON content_tag
  WHEN NOT EXISTS (SELECT 1 FROM content_tag WHERE content_id = NEW.content_id AND tag_id = NEW.tag_id AND source <> NEW.source) BEGIN
    UPDATE tag SET contents = contents + 1 WHERE id = NEW.tag_id;
    UPDATE tally SET n = n + 1 WHERE name = 'tagged'
      AND NOT EXISTS (SELECT 1 FROM content_tag WHERE content_id = NEW.content_id AND tag_id <> NEW.tag_id);
  END;
  CREATE TRIGGER content_tag_discounted AFTER DELETE ON content_tag
  WHEN NOT EXISTS (SELECT 1 FROM content_tag WHERE content_id = OLD.content_id AND tag_id = OLD.tag_id) BEGIN
    UPDATE tag SET contents = contents - 1 WHERE id = OLD.tag_id;
    UPDATE tally SET n = n - 1 WHERE name = 'tagged' AND NOT EXISTS (SELECT 1 FROM content_tag WHERE content_id = OLD.content_id);
  END;

  ALTER TABLE space ADD COLUMN vectors INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE space ADD COLUMN contents INTEGER NOT NULL DEFAULT 0;
  UPDATE space SET (vectors, contents) = (SELECT count(*), count(DISTINCT content_id) FROM vector WHERE space_id = space.id);
  CREATE TRIGGER vector_counted AFTER INSERT ON vector BEGIN
    UPDATE space SET vectors = vectors + 1, contents = contents
      + NOT EXISTS (SELECT 1 FROM vector WHERE content_id = NEW.content_id AND space_id = NEW.space_id AND id <> NEW.id)
    WHERE id = NEW.space_id;
  END;
  CREATE TRIGGER vector_discounted AFTER DELETE ON vector BEGIN
    UPDATE space SET vectors = vectors - 1, contents = contents
      - NOT EXISTS (SELECT 1 FROM vector WHERE content_id = OLD.content_id AND space_id = OLD.space_id)
    WHERE id = OLD.space_id;
  END;
`
