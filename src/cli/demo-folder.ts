import {access, mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {MediaForgeError} from '../domain/errors.js'

/** What is where in the demo's folder. */
export interface DemoFolder {
  media: string
  dataDir: string
  cacheDir: string
}

/** By this file the demo knows a folder for its own. */
const MARKER = 'MADE-BY-MEDIAFORGE-DEMO.txt'
const NOTE = `mediaforge demo made this folder: drawn pictures, a video, sounds, and a library of their own.
Delete it whenever you like.
`

/** Makes the folder, or takes one that an earlier demo made. Any other is left alone: rejects with `USAGE`. */
export async function claimDemoFolder(folder: string): Promise<DemoFolder> {
  if (await isThere(folder)) {
    if (!(await isThere(join(folder, MARKER)))) {
      throw new MediaForgeError('USAGE', `${folder} is there already, and no demo made it: it is left alone`, {
        hint: 'mediaforge demo --folder DIR, with a DIR that does not exist yet',
      })
    }
  } else {
    try {
      await mkdir(folder, {recursive: true})
      await writeFile(join(folder, MARKER), NOTE)
    } catch (error) {
      throw new MediaForgeError('USAGE', `${folder} cannot be made: ${(error as NodeJS.ErrnoException).code ?? String(error)}`, {
        hint: 'mediaforge demo --folder DIR, with a DIR where you may write',
        cause: error,
      })
    }
  }
  return {media: join(folder, 'media'), dataDir: join(folder, 'data'), cacheDir: join(folder, 'cache')}
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
