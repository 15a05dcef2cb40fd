import {join} from 'node:path'
import {compose, type Session} from '../../dist/cli/compose.js'
import type {Sandbox} from './sandbox.js'

/** Everything a command of a sandbox works with, for tests that put a fake in the place of one port. */
export function composeFor(box: Sandbox): Promise<Session> {
  return compose({
    dataDir: box.dataDir,
    cacheDir: join(box.root, 'cache'),
    ffmpegPath: undefined,
    ffprobePath: undefined,
    model: 'starter',
    isModelFixed: true,
    modelsDir: join(box.dataDir, 'models'),
    threads: undefined,
    hubUrl: 'http://127.0.0.1:9',
    offline: true,
    proxy: {http: undefined, https: undefined, except: undefined},
    settingsFile: join(box.root, 'config', 'config.json'),
    vectorIndex: 'auto',
    keyframesPerHour: 360,
    hardwareDecoding: undefined,
    path: process.env.PATH ?? '',
  })
}
