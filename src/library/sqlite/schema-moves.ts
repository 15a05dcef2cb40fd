/** A file that was moved or renamed is looked for by what that keeps. */
export const MOVES = `
  CREATE INDEX location_inode ON location (inode, size_bytes);
`
