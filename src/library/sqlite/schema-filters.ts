/**
 * What a filter asks of each content that a word finds, in the order of their ids: of a million contents the rows themselves are ten times as
 * large, and to read them takes three times as long.
 */
export const FILTERS = `
  CREATE INDEX content_filter ON content (id, kind, captured_at, size_bytes, duration_ms);
  DROP INDEX location_content;
  CREATE INDEX location_place ON location (content_id, folder_id, state);
`
