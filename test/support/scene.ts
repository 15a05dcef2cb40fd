import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import sharp from 'sharp'

/** Writes a small picture that only this number looks like: the same bytes for the same number, in every run. */
export async function drawPicture(path: string, number: number): Promise<void> {
  const noise = (i: number): number => (Math.imul(i + 1, 2_654_435_761 ^ Math.imul(number + 1, 40_503)) >>> 24) & 255
  const data = Uint8Array.from({length: 96 * 64 * 3}, (_, i) => noise(Math.floor(i / 48)))
  await mkdir(dirname(path), {recursive: true})
  await sharp(data, {raw: {width: 96, height: 64, channels: 3}})
    .jpeg()
    .toFile(path)
}

/** Copies files of the test data, named by their path in it, to new names in a folder. */
export async function copyFixtures(fixtures: string, folder: string, names: Record<string, string>): Promise<void> {
  for (const [to, from] of Object.entries(names)) {
    const target = join(folder, to)
    await mkdir(dirname(target), {recursive: true})
    await writeFile(target, await readFile(join(fixtures, 'media', from)))
  }
}
