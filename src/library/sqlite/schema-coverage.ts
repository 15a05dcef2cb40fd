/** How many contents each space covers, and how many any of them does: each search by meaning asks. Counted as they come and go, as in `schema-tallies.ts`. */
export const COVERAGE = `
  CREATE TABLE coverage (
    space TEXT PRIMARY KEY,
    contents INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO coverage SELECT space, count(*) FROM space_pass GROUP BY space;
  INSERT INTO tally SELECT 'embedded', count(DISTINCT content_id) FROM space_pass;

  CREATE TRIGGER space_pass_counted AFTER INSERT ON space_pass BEGIN
    INSERT INTO coverage VALUES (NEW.space, 1) ON CONFLICT DO UPDATE SET contents = contents + 1;
    UPDATE tally SET n = n + 1 WHERE name = 'embedded'
      AND NOT EXISTS (SELECT 1 FROM space_pass WHERE content_id = NEW.content_id AND space <> NEW.space);
  END;
  CREATE TRIGGER space_pass_discounted AFTER DELETE ON space_pass BEGIN
    UPDATE coverage SET contents = contents - 1 WHERE space = OLD.space;
    DELETE FROM coverage WHERE space = OLD.space AND contents = 0;
    UPDATE tally SET n = n - 1 WHERE name = 'embedded' AND NOT EXISTS (SELECT 1 FROM space_pass WHERE content_id = OLD.content_id);
  END;
`
