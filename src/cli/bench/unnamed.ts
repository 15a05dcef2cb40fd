import {copyFile, mkdir} from 'node:fs/promises'
import {extname, join} from 'node:path'
import {MediaForgeError} from '../../domain/errors.js'
import type {LabelledPicture} from '../labelled-folder.js'

/**
 * Copies the pictures under names that say nothing, so that only what is seen can be found. Returns the new paths, in order. Rejects with
 * `USAGE` where a picture is not there.
 */
export async function copyUnnamed(source: string, pictures: readonly LabelledPicture[], target: string): Promise<string[]> {
  await mkdir(target, {recursive: true})
  return Promise.all(
    pictures.map(async ({file}, i) => {
      const path = join(target, `${i}${extname(file)}`)
      await copyFile(join(source, file), path).catch((error: unknown) => {
        throw new MediaForgeError('USAGE', `${join(source, file)} is named but cannot be read`, {cause: error})
      })
      return path
    }),
  )
}
