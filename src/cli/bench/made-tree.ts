import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'

const FILES_A_FOLDER = 100

/** Small photographs of different content with the date of their camera, a hundred a folder. */
export async function fillTree(root: string, files: number): Promise<void> {
  const {default: sharp} = await import('sharp')
  const jpeg = await sharp({create: {width: 8, height: 8, channels: 3, background: 'teal'}})
    .withExif({IFD2: {DateTimeOriginal: '2019:02:03 14:05:06'}})
    .jpeg()
    .toBuffer()
  for (let i = 0; i < files; i++) {
    const folder = join(root, `${Math.floor(i / FILES_A_FOLDER)}`)
    if (i % FILES_A_FOLDER === 0) mkdirSync(folder, {recursive: true})
    writeFileSync(join(folder, `IMG_${i}.jpg`), Buffer.concat([jpeg, Buffer.from(String(i))]))
  }
}
