import type {Library} from '../../domain/ports/library.js'
import type {Db} from './database.js'
import type {Sync} from './rows.js'

type Settings = Sync<Pick<Library, 'leastConfidence' | 'setLeastConfidence'>>

/** What a person decided for this library. */
export function settings(db: Db): Settings {
  const read = db.prepare<[], string>("SELECT value FROM setting WHERE name = 'least-confidence'").pluck()
  const write = db.prepare(
    "INSERT INTO setting VALUES ('least-confidence', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  )
  return {
    leastConfidence() {
      const value = read.get()
      return value === undefined ? null : Number(value)
    },
    setLeastConfidence: confidence => void write.run(String(confidence)),
  }
}
