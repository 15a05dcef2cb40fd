import type {FoundTool} from './find.js'

const LOOK_MS = 10_000

/**
 * Why ffmpeg cannot open the device that `-hwaccel NAME` decodes with, in its own words; null where it can, and for `auto`, which takes what there is.
 */
export async function hardwareTrouble({path}: FoundTool, name: string): Promise<string | null> {
  if (name === 'auto') return null
  const {execa} = await import('execa')
  const picture = ['-f', 'lavfi', '-i', 'color=size=64x64', '-frames:v', '1', '-f', 'null', '-']
  const args = ['-nostdin', '-v', 'error', '-init_hw_device', name, ...picture]
  const {failed, stderr} = await execa(path, args, {stdin: 'ignore', timeout: LOOK_MS, reject: false})
  return failed
    ? (stderr.split('\n').find(line => line.trim() !== '') ?? 'ffmpeg does not say why').replace(/^\[[^\]]*\]\s*/, '')
    : null
}
