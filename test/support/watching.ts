import {execa} from 'execa'
import {BIN, type RunOptions, type Sandbox} from './sandbox.js'
import {until} from './wait.js'

/** A line of `watch --json`. */
export interface News {
  event: string
  [field: string]: unknown
}

/** A `watch` that runs. */
export interface Watching {
  /** All it said so far. */
  news: News[]
  /** Waits for a line like this one, among those after the given number of lines. */
  told(event: string, fields?: Record<string, unknown>, from?: number): Promise<News>
  /** How many jobs of each kind it ended well since the given number of lines. */
  done(from?: number): Record<string, number>
  stop(signal: 'SIGTERM' | 'SIGINT'): Promise<{exitCode: number | undefined; stderr: string}>
}

export function startWatch(box: Sandbox, args: string[], options: RunOptions = {}): Watching {
  const child = execa('node', [BIN, 'watch', ...args, '--json'], {
    env: {...box.environment, ...options.env},
    cwd: box.root,
    reject: false,
    ...(options.uid === undefined ? {} : {uid: options.uid, gid: options.uid}),
  })
  const news: News[] = []
  let rest = ''
  child.stdout.on('data', (data: Buffer) => {
    const lines = (rest + data.toString()).split('\n')
    rest = lines.pop() ?? ''
    news.push(...lines.map(line => JSON.parse(line) as News))
  })
  return {
    news,
    told: (event, fields = {}, from = 0) =>
      until(`${event} ${JSON.stringify(fields)} in ${JSON.stringify(news)}`, () =>
        news
          .slice(from)
          .find(line => line.event === event && Object.entries(fields).every(([name, value]) => line[name] === value)),
      ),
    done(from = 0) {
      const counts: Record<string, number> = {}
      for (const {event, kind} of news.slice(from)) {
        if (event === 'job.done') counts[String(kind)] = (counts[String(kind)] ?? 0) + 1
      }
      return counts
    },
    async stop(signal) {
      child.kill(signal)
      const {exitCode, stderr} = await child
      return {exitCode, stderr}
    },
  }
}
