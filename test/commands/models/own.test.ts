import {mkdir, readdir, rm, symlink, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {describeWithFixtures} from '../../support/fixtures.js'
import {JOINT_MANIFEST, makeJointModel} from '../../support/joint-model.js'
import type {ErrorJson, HitJson} from '../../support/reports.js'
import {openSandbox, type Sandbox} from '../../support/sandbox.js'
import {copyFixtures} from '../../support/scene.js'

let box: Sandbox
let made: string[]
beforeEach(async () => {
  box = await openSandbox()
  made = []
})
afterEach(async () => {
  await box[Symbol.asyncDispose]()
  for (const folder of made) await rm(folder, {recursive: true})
})

describeWithFixtures("a person's own model", fixtures => {
  const model = async (manifest: object = JOINT_MANIFEST): Promise<string> => {
    const folder = await makeJointModel(fixtures, manifest)
    made.push(folder)
    return folder
  }
  const fail = async (folder: string): Promise<ErrorJson['error']> => (await box.json<ErrorJson>(['models', 'add', folder])).error
  const left = async (): Promise<string[]> =>
    (await readdir(join(box.dataDir, 'models'), {recursive: true}).catch(() => [])).filter(path => !path.startsWith('.'))

  test('is added, used beside the old one, and removed with what it knew', async () => {
    await copyFixtures(fixtures, box.media, {'a.jpg': 'labelled-photos/000000022192.jpg'})
    await box.run(['scan', box.media])
    expect(await box.run(['models', 'add', await model()])).toMatchObject({exitCode: 0})
    expect(await box.json(['models', 'use', 'joint-test', '--queue-only'])).toMatchObject({
      queued: 1,
      meanwhile: expect.any(String) as string,
    })
    const before = await box.json<{hits: HitJson[]}>(['search', 'a dog', '--semantic'])
    expect(before.hits).toHaveLength(1)
    expect(await box.json(['models', 'use', 'joint-test', '--wait'])).toMatchObject({
      queued: 1,
      meanwhile: expect.any(String) as string,
    })
    expect((await box.json<ErrorJson>(['models', 'remove', 'joint-test', '--yes'])).error).toMatchObject({code: 'USAGE'})
    await box.run(['models', 'use', 'starter', '--wait'])
    expect((await box.run(['models', 'remove', 'joint-test', '--dry-run'])).stdout).toMatch(
      /on the disk, and \d+ vectors? of 1 content/,
    )
    expect(await left()).not.toEqual([])
    expect(await box.json(['models', 'remove', 'joint-test', '--yes'])).toMatchObject({removed: true})
    expect(await left()).toEqual([])
  })

  test.each([
    [
      'inputs that are not there',
      {...JOINT_MANIFEST, image: {...JOINT_MANIFEST.image, input: 'pixels'}},
      'CONFIG_INVALID',
      "no input 'pixels'",
    ],
    [
      'a tokenizer that does not fit',
      {...JOINT_MANIFEST, text: {...JOINT_MANIFEST.text, tokenizer: {kind: 'tokenizer.json', file: 'vocab.json'}}},
      'MODEL_MISSING',
      'vocab.json',
    ],
  ])('with %s is refused whole', async (_, manifest, code, words) => {
    const error = await fail(await model(manifest))
    expect(error).toMatchObject({code, message: expect.stringContaining(words) as string, hint: expect.any(String) as string})
    expect(await left()).toEqual([])
  })

  test('made of links, archives or programs is refused by the name of the file', async () => {
    const linked = await model()
    await symlink('/etc/hostname', join(linked, 'extra.json'))
    expect(await fail(linked)).toMatchObject({code: 'USAGE', message: expect.stringContaining('extra.json is a link') as string})
    for (const [file, words] of [
      ['model.zip', 'unpack'],
      ['weights.pkl', 'ONNX'],
      ['setup.py', 'ONNX'],
    ] as const) {
      const folder = join(box.root, file.replace('.', '-'))
      await mkdir(folder)
      await writeFile(join(folder, file), 'x')
      expect(await fail(folder)).toMatchObject({code: 'USAGE', hint: expect.stringContaining(words) as string})
    }
    expect(await left()).toEqual([])
  })
})
