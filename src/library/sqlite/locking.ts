import {LEASE_MS} from '../../domain/jobs.js'
import type {Library} from '../../domain/ports/library.js'
import type {Db} from './database.js'
import type {Sync} from './rows.js'

/** What only one process does at a time: a row that has to be renewed. */
export function locking(db: Db): Sync<Pick<Library, 'lock' | 'unlock'>> {
  // A lock that reaches further than a lease was taken before the clock was set back.
  const take = db.prepare(`
    INSERT INTO lock VALUES (@name, @owner, @time + ${LEASE_MS})
    ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
    WHERE owner IN (@owner, @gone) OR until NOT BETWEEN @time AND @time + ${LEASE_MS}`)
  const holder = db.prepare<[string], string>('SELECT owner FROM lock WHERE name = ?').pluck()
  const drop = db.prepare('DELETE FROM lock WHERE name = ? AND owner = ?')
  return {
    lock: (name, owner, gone) =>
      take.run({name, owner, gone: gone ?? owner, time: Date.now()}).changes > 0 ? null : (holder.get(name) ?? null),
    unlock: (name, owner) => void drop.run(name, owner),
  }
}
