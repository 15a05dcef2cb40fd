import {MediaForgeError} from '../../domain/errors.js'
import {
  DEATHS_IN_COMPANY,
  JOB_KINDS,
  JOB_STATES,
  LEASE_MS,
  MAX_ATTEMPTS,
  MAX_DEATHS,
  SPEED_WINDOW_MS,
  retryDelayMs,
  type Job,
  type JobCounts,
  type JobKind,
  type JobState,
  type JobView,
  type NewJob,
} from '../../domain/jobs.js'
import {MEDIA_KINDS, type MediaKind} from '../../domain/media.js'
import type {Library} from '../../domain/ports/library.js'
import type {Db} from './database.js'
import {joinPath, now, placeholders, type Sync} from './rows.js'
import {forgetNoDecoder, writer} from './writes.js'

type Queue = Sync<
  Pick<
    Library,
    | 'enqueue'
    | 'enqueueStale'
    | 'claim'
    | 'heartbeat'
    | 'finish'
    | 'fail'
    | 'owners'
    | 'expireLeases'
    | 'release'
    | 'jobCounts'
    | 'nextPriority'
    | 'recentJobs'
    | 'clearJobs'
    | 'nextJobDelayMs'
    | 'listJobs'
    | 'retryJobs'
    | 'setPaused'
    | 'isPaused'
  >
>

/** Which contents pass a stage. */
const KINDS_OF: Readonly<Record<Exclude<JobKind, 'inspect'>, readonly MediaKind[]>> = {
  frames: ['video'],
  embed: MEDIA_KINDS,
  tag: MEDIA_KINDS,
  listen: ['video', 'audio'],
  transcribe: ['video', 'audio'],
  // A sound file may have a cover.
  describe: MEDIA_KINDS,
}

/**
 * No lease and no wait for another attempt reaches further than these. One that does was written before the clock was set back, and is over: else the
 * queue would stand still until that time came again.
 */
const LEASE_OVER = `lease_until NOT BETWEEN @time AND @time + ${LEASE_MS}`
const LONGEST_WAIT_MS = retryDelayMs(MAX_ATTEMPTS)

/** Finished jobs are counted in slots of this length. */
const SLOT_MS = 5000
const WINDOW_SLOTS = SPEED_WINDOW_MS / SLOT_MS

/** The queue is a table: claims are leases, attempts are counted before the stage runs, and a job's end commits with its writes. */
export function queue(db: Db): Queue {
  const insert = db.prepare<NewJob & {priority: number | null; now: string}>(`
    INSERT INTO job (kind, subject, priority, updated_at) VALUES (@kind, @subject, coalesce(@priority, 0), @now)
    ON CONFLICT (kind, subject) DO UPDATE SET
      state = 'queued', attempts = 0, run_after = 0, error_code = NULL, error_message = NULL, priority = @priority
    WHERE @priority IS NOT NULL AND state <> 'running'`)
  const bury = db.prepare(`
    UPDATE job SET state = 'failed', owner = NULL, updated_at = @now, error_code = 'FILE_BROKEN',
      error_message = 'the program died ${MAX_DEATHS} times while working on this file'
    WHERE kind = @kind AND state = 'running' AND ${LEASE_OVER} AND attempts >= ${MAX_DEATHS}`)
  const claimFrom = (jobs: string) =>
    db.prepare<object, Job>(`
      UPDATE job SET state = 'running', attempts = attempts + 1, owner = @owner, lease_until = @time + ${LEASE_MS}, updated_at = @now
      WHERE id IN (${jobs})
      RETURNING id, kind, subject, attempts`)
  const abandoned = `SELECT id FROM job WHERE kind = @kind AND state = 'running' AND ${LEASE_OVER}`
  const claimSuspect = claimFrom(`${abandoned} AND attempts >= ${DEATHS_IN_COMPANY} LIMIT 1`)
  const claimBatch = claimFrom(`
    SELECT id FROM (SELECT id FROM job WHERE kind = @kind AND state = 'queued' AND run_after NOT BETWEEN @time + 1 AND @latest
      ORDER BY priority DESC, id LIMIT @limit)
    UNION ALL ${abandoned} AND attempts < ${DEATHS_IN_COMPANY} LIMIT @limit`)
  // Two look-ups a kind: idle lanes ask five times a second, and a hundred thousand jobs may wait.
  const earliest = (state: JobState, column: string, reachMs: number) => {
    const first = db
      .prepare<[string], number | null>(`SELECT min(${column}) FROM job WHERE kind = ? AND state = '${state}'`)
      .pluck()
    return (kind: JobKind, time: number): number | null => {
      const at = first.get(kind) ?? null
      return at !== null && at > time + reachMs ? time : at
    }
  }
  const earliestQueued = earliest('queued', 'run_after', LONGEST_WAIT_MS)
  const earliestRunning = earliest('running', 'lease_until', LEASE_MS)
  const isMine = db.prepare("SELECT 1 FROM job WHERE id = ? AND owner = ? AND state = 'running'")
  const remove = db.prepare('DELETE FROM job WHERE id = ?')
  const requeue = db.prepare("UPDATE job SET state = 'queued', owner = NULL, attempts = 0, updated_at = ? WHERE id = ?")
  const forgetContent = db.prepare('UPDATE location SET content_id = NULL WHERE id = ?')
  const update = db.prepare(`
    UPDATE job SET state = @state, owner = NULL, run_after = @runAfter, error_code = @code, error_message = @message, updated_at = @now
    WHERE id = @id AND owner = @owner AND state = 'running'`)
  const addDone = db
    .prepare('INSERT INTO job_done VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET jobs = jobs + 1 RETURNING jobs')
    .pluck()
  const dropDone = db.prepare('DELETE FROM job_done WHERE slot NOT BETWEEN ? AND ?')
  const pausedRow = db.prepare<[], {value: string}>("SELECT value FROM setting WHERE name = 'paused'")
  const write = writer(db)
  const isPaused = () => pausedRow.get()?.value === 'true'

  return {
    enqueue(jobs, priority = null) {
      let added = 0
      for (const job of jobs) added += insert.run({...job, priority, now: now()}).changes
      return added
    },

    enqueueStale: (kind, version, most) =>
      db
        .prepare(
          `INSERT INTO job (kind, subject, updated_at)
           SELECT @kind, content.id, @now FROM content
           WHERE NOT EXISTS (${
             // Embedding passes stand beside each other, one a model; of every other stage the last one counts.
             kind === 'embed'
               ? 'SELECT 1 FROM space_pass WHERE content_id = content.id AND space = @version'
               : 'SELECT 1 FROM stage_pass WHERE content_id = content.id AND kind = @kind AND version = @version'
           })
             AND EXISTS (SELECT 1 FROM location WHERE location.content_id = content.id AND location.state = 'present')
             AND content.kind IN (SELECT value FROM json_each(@kinds))
             AND NOT EXISTS (SELECT 1 FROM job WHERE job.kind = @kind AND job.subject = content.id)
             -- Embedding follows the frames of a video.
             AND NOT (@kind = 'embed'
               AND EXISTS (SELECT 1 FROM job WHERE job.kind = 'frames' AND job.subject = content.id AND state <> 'failed'))
           ORDER BY content.id DESC LIMIT @most
           ON CONFLICT (kind, subject) DO NOTHING`,
        )
        .run({kind, version, kinds: JSON.stringify(KINDS_OF[kind]), most: most ?? -1, now: now()}).changes,

    nextPriority: () =>
      db
        .prepare<[], number>(
          `INSERT INTO setting VALUES ('priority', '1')
           ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING CAST(value AS INTEGER)`,
        )
        .pluck()
        .get() as number,

    claim(kind, limit, owner) {
      if (isPaused()) return []
      const time = Date.now()
      bury.run({kind, time, now: now()})
      const claim = {kind, owner, time, now: now()}
      const suspect = claimSuspect.all(claim)
      return suspect.length > 0 ? suspect : claimBatch.all({...claim, limit, latest: time + LONGEST_WAIT_MS})
    },

    heartbeat(jobIds, owner) {
      const extend = db.prepare("UPDATE job SET lease_until = ? WHERE id = ? AND owner = ? AND state = 'running'")
      return jobIds.filter(id => extend.run(Date.now() + LEASE_MS, id, owner).changes === 1)
    },

    finish(job, owner, result) {
      if (isMine.get(job.id, owner) === undefined) {
        throw new MediaForgeError('LEASE_LOST', `job ${job.id} was taken over by another worker`)
      }
      write(job, result)
      if (result.remains === true) {
        requeue.run(now(), job.id)
        return
      }
      remove.run(job.id)
      const slot = slotNow()
      if (addDone.get(job.kind, slot) === 1) dropDone.run(slot - WINDOW_SLOTS, slot)
    },

    fail(job, owner, error, final) {
      const forGood = final || job.attempts >= MAX_ATTEMPTS
      const runAfter = forGood ? 0 : Date.now() + retryDelayMs(job.attempts)
      const {changes} = update.run({id: job.id, owner, state: forGood ? 'failed' : 'queued', runAfter, ...error, now: now()})
      // What was there before the file changed is there no more. One that changed by itself keeps what is known of it.
      if (changes > 0 && forGood && job.kind === 'inspect' && error.code !== 'FILE_ROTTEN') forgetContent.run(job.subject)
      // What cannot be decoded is still found by its name, its date and its place.
      const next = ({frames: 'embed', embed: 'tag'} as Partial<Record<JobKind, JobKind>>)[job.kind]
      if (changes > 0 && forGood && next !== undefined) insert.run({kind: next, subject: job.subject, priority: null, now: now()})
      return forGood
    },

    owners: () => db.prepare<[], string>("SELECT DISTINCT owner FROM job WHERE state = 'running'").pluck().all(),

    expireLeases: owner => void db.prepare("UPDATE job SET lease_until = 0 WHERE state = 'running' AND owner = ?").run(owner),

    release(jobIds, owner) {
      const giveBack = db.prepare(
        "UPDATE job SET state = 'queued', owner = NULL, attempts = attempts - 1 WHERE id = ? AND owner = ? AND state = 'running'",
      )
      for (const id of jobIds) giveBack.run(id, owner)
    },

    jobCounts() {
      const counts = Object.fromEntries(
        JOB_KINDS.map(kind => [kind, Object.fromEntries(JOB_STATES.map(state => [state, 0]))]),
      ) as JobCounts
      const rows = db.prepare<[], {kind: Job['kind']; state: JobView['state']; count: number}>(
        'SELECT kind, state, count(*) AS count FROM job GROUP BY kind, state',
      )
      for (const {kind, state, count} of rows.all()) counts[kind][state] = count
      return counts
    },

    recentJobs() {
      const last = slotNow()
      const rows = db.prepare<[number, number], {kind: Job['kind']; jobs: number; first: number}>(
        'SELECT kind, sum(jobs) AS jobs, min(slot) AS first FROM job_done WHERE slot BETWEEN ? AND ? GROUP BY kind',
      )
      const recent = Object.fromEntries(JOB_KINDS.map(kind => [kind, {jobs: 0, withinMs: 0}])) as ReturnType<Queue['recentJobs']>
      for (const {kind, jobs, first} of rows.all(last - WINDOW_SLOTS + 1, last)) {
        recent[kind] = {jobs, withinMs: Math.max(SLOT_MS, Date.now() - first * SLOT_MS)}
      }
      return recent
    },

    nextJobDelayMs(kinds) {
      const time = Date.now()
      const times = kinds.flatMap(kind => [earliestQueued(kind, time), earliestRunning(kind, time)]).filter(at => at !== null)
      return times.length === 0 ? null : Math.max(0, Math.min(...times) - time)
    },

    listJobs({state, kind, limit}) {
      interface Row extends Omit<JobView, 'path'> {
        folder: string | null
        name: string | null
      }
      return db
        .prepare<object, Row>(
          `SELECT job.id, job.kind, job.state, folder.path AS folder, location.name, attempts, error_code AS errorCode,
             error_message AS errorMessage, updated_at AS updatedAt
           FROM job
           LEFT JOIN location ON location.id = CASE job.kind WHEN 'inspect' THEN job.subject
             ELSE (SELECT min(id) FROM location WHERE content_id = job.subject) END
           LEFT JOIN folder ON folder.id = location.folder_id
           WHERE (@state IS NULL OR job.state = @state) AND (@kind IS NULL OR job.kind = @kind)
           ORDER BY job.id LIMIT @limit`,
        )
        .all({state: state ?? null, kind: kind ?? null, limit})
        .map(({folder, name, ...row}) => ({...row, path: folder === null || name === null ? null : joinPath(folder, name)}))
    },

    retryJobs({ids, kind}) {
      const chosen = ids === undefined ? '' : `AND id IN (${placeholders(ids.length)})`
      const ofKind = kind === undefined ? '' : 'AND kind = ?'
      const undecoded = ids === undefined && (kind ?? 'embed') === 'embed' ? forgetNoDecoder(db) : []
      for (const subject of undecoded) insert.run({kind: 'embed', subject, priority: null, now: now()})
      const failed = db
        .prepare(
          `UPDATE job SET state = 'queued', attempts = 0, run_after = 0, error_code = NULL, error_message = NULL
           WHERE state = 'failed' ${chosen} ${ofKind}`,
        )
        .run(...(ids ?? []), ...(kind === undefined ? [] : [kind])).changes
      return failed + undecoded.length
    },

    clearJobs({state, kind}) {
      const chosen = 'state = @state AND (@kind IS NULL OR kind = @kind)'
      const filter = {state, kind: kind ?? null}
      // No file has this time, so that the next scan takes these for changed ones.
      db.prepare(
        `UPDATE location SET mtime_ms = -1 WHERE id IN (SELECT subject FROM job WHERE ${chosen} AND kind = 'inspect')
           OR content_id IN (SELECT subject FROM job WHERE ${chosen} AND kind = 'frames')`,
      ).run(filter)
      return db.prepare(`DELETE FROM job WHERE ${chosen}`).run(filter).changes
    },

    setPaused(paused) {
      db.prepare('INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value').run(
        'paused',
        String(paused),
      )
    },

    isPaused,
  }
}

function slotNow(): number {
  return Math.floor(Date.now() / SLOT_MS)
}
