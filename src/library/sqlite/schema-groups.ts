/** What the camera wrote into files that belong together; null in most. */
export const GROUPS = `
  ALTER TABLE content ADD COLUMN live_photo_id TEXT;
  ALTER TABLE content ADD COLUMN burst_id TEXT;
  CREATE INDEX content_live_photo ON content (live_photo_id) WHERE live_photo_id IS NOT NULL;
  CREATE INDEX content_burst ON content (burst_id) WHERE burst_id IS NOT NULL;
`
