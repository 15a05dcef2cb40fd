/**
 * What the file says itself is kept apart from what its places and sidecars say, so that either can change. Files that are known already are
 * looked at once more: their content is known, so that costs a hash each.
 */
export const DESCRIPTIONS = `
  ALTER TABLE content ADD COLUMN own_facts TEXT NOT NULL DEFAULT '{}';
  UPDATE content SET own_facts = facts;
  -- Of every byte, where the identity of a large file comes from samples. Null until somebody read all of it.
  ALTER TABLE content ADD COLUMN full_hash TEXT;

  -- Names of the files in the same folder that say something about this one, and what they say; JSON, null for none.
  ALTER TABLE location ADD COLUMN sidecars TEXT;
  ALTER TABLE location ADD COLUMN told TEXT;
  -- The content here before the file changed, also while it could not be read.
  ALTER TABLE location ADD COLUMN last_content_id INTEGER REFERENCES content (id) ON DELETE SET NULL;
  UPDATE location SET last_content_id = content_id;
  -- 1 from the scan that found another size or time until the file was looked at: its content may be another one.
  ALTER TABLE location ADD COLUMN is_changed INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX location_last_content ON location (last_content_id);

  UPDATE location SET is_changed = 1 WHERE id IN (SELECT subject FROM job WHERE kind = 'inspect');

  INSERT INTO job (kind, subject, updated_at)
    SELECT 'inspect', id, strftime('%Y-%m-%dT%H:%M:%fZ', 'now') FROM location WHERE state = 'present' AND content_id IS NOT NULL
    ON CONFLICT (kind, subject) DO NOTHING;
`
