import {join} from 'node:path'
import {expect, test} from 'vitest'
import type {JobKind} from '../../dist/domain/jobs.js'
import {scan} from '../../dist/services/scan.js'
import {drain} from '../../dist/services/worker.js'
import {openSandbox} from '../support/sandbox.js'
import {drawPicture} from '../support/scene.js'
import {composeFor} from '../support/session.js'

test('a decoder that does not hear of the end keeps no job from going back at once', async () => {
  await using box = await openSandbox()
  await using session = await composeFor(box)
  const {ports} = session
  for (let i = 0; i < 3; i++) await drawPicture(join(box.media, `${i}.jpg`), i)
  await scan(ports, [box.media], {}, {signal: new AbortController().signal})
  const stop = new AbortController()
  let begun = 0
  ports.pictures = {
    ...ports.pictures,
    inspect: () => {
      if (++begun === 3) stop.abort()
      return new Promise(() => undefined)
    },
  }
  await expect(drain(ports, {}, {signal: stop.signal})).rejects.toThrow(expect.objectContaining({code: 'CANCELLED'}) as Error)
  expect(await ports.library.listJobs({limit: 9})).toMatchObject(
    [1, 2, 3].map(() => ({kind: 'embed', state: 'queued', attempts: 0})),
  )
}, 5000)

test('work that comes while the lanes are ending, one after the other, is done, and nobody waits for a lane that has ended', async () => {
  await using box = await openSandbox()
  await using session = await composeFor(box)
  const {library} = session.ports
  const {signal} = new AbortController()
  const take = async (name: string): Promise<void> => {
    await drawPicture(join(box.media, name), name.charCodeAt(0))
    await scan(session.ports, [box.media], {}, {signal})
  }
  await take('a.jpg')
  let hasCome = false
  session.ports.library = new Proxy(library, {
    get(target, name: keyof typeof library) {
      if (name !== 'nextJobDelayMs') return target[name]
      return async (kinds: readonly JobKind[]) => {
        const delayMs = await target.nextJobDelayMs(kinds)
        if (delayMs !== null || hasCome) return delayMs
        hasCome = true
        await take('b.jpg')
        return null
      }
    },
  })
  const {done} = await drain(session.ports, {kinds: ['inspect', 'frames']}, {signal})
  expect({hasCome, inspected: done.inspect}).toEqual({hasCome: true, inspected: 2})
}, 10_000)
