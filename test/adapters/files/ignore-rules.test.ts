import {execFileSync, spawnSync} from 'node:child_process'
import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import {join, relative} from 'node:path'
import {describe, expect, it} from 'vitest'
import {openFileSystem} from '../../../dist/adapters/files/file-system.js'
import {tempFolder} from './temp-folder.js'

const RULES = '.mediaforgeignore'

async function filesIn(root: string, ignore: string[] = []): Promise<string[]> {
  const files: string[] = []
  for await (const listing of openFileSystem().walk(root, {ignore}))
    files.push(...listing.files.map(file => relative(root, file.path)))
  return files.sort()
}

const hasGit = spawnSync('git', ['--version']).status === 0

describe('ignore rules', () => {
  it('hold below the folder of their file, and deeper rules beat shallower ones', async () => {
    const root = tempFolder({
      [RULES]: '\uFEFF# drafts\r\n*.tmp\r\n/cache/\n',
      'a.tmp': '',
      'cache/1.jpg': '',
      'sub/cache/2.jpg': '',
      [`sub/${RULES}`]: '!keep.tmp\nonly-here/x.jpg\n',
      'sub/keep.tmp': '',
      'sub/deep/keep.tmp': '',
      'sub/only-here/x.jpg': '',
      'keep.tmp': '',
      'only-here/x.jpg': '',
    })
    expect(await filesIn(root)).toEqual(['only-here/x.jpg', 'sub/cache/2.jpg', 'sub/deep/keep.tmp', 'sub/keep.tmp'])
  })

  it('do not enter an ignored folder, so nothing in it can be taken back, but a deeper rule can take back the folder', async () => {
    const root = tempFolder({
      [RULES]: 'build\n!build/keep.jpg\n',
      'build/keep.jpg': '',
      [`a/${RULES}`]: '!build/\n',
      'a/build/in.jpg': '',
      'b/build/in.jpg': '',
    })
    expect(await filesIn(root)).toEqual(['a/build/in.jpg'])
  })

  it('given by the caller count from the root and beat those of files', async () => {
    const root = tempFolder({[RULES]: '!a.raw\n*.old\n', 'a.raw': '', 'b.old': '', 'c/a.raw': '', 'c/d.jpg': ''})
    expect(await filesIn(root, ['*.raw', '!b.old', '/d.jpg'])).toEqual(['b.old', 'c/d.jpg'])
  })

  it('hold in folders with odd names', async () => {
    const folder = 'a [1] *\n! #\\ 🎉'
    const root = tempFolder({
      [`${folder}/${RULES}`]: '/x.jpg\n*.tmp\n',
      [`${folder}/x.jpg`]: '',
      [`${folder}/in/b.tmp`]: '',
      'x.jpg': '',
    })
    expect(await filesIn(root)).toEqual(['x.jpg'])
  })

  it.skipIf(!hasGit)(
    'say what git says, on random trees (skipped without git)',
    async () => {
      for (let seed = 1; seed <= 25; seed++) {
        const root = tempFolder()
        growTree(root, seed)
        execFileSync('git', ['init', '--quiet', root])
        const output = execFileSync('git', ['-C', root, 'ls-files', '--others', '-z', `--exclude-per-directory=${RULES}`], {
          encoding: 'utf8',
        })
        const expected = output.split('\0').filter(path => path !== '' && !path.endsWith(RULES))
        expect(await filesIn(root), `seed ${seed}`).toEqual(expected.sort())
        rmSync(root, {recursive: true})
      }
    },
    60_000,
  )
})

const NAMES = ['a', 'b', 'c.jpg', 'd.tmp', 'e x', '[f]', 'g!', '#h', 'B']
const PATTERNS =
  '*.jpg|*.tmp|a|b/|/a|/a/b|a/b|**/b|a/**|a/*|!a|!b/|!*.jpg|!/a/b|*|!*/|# c||[ab]|?|\\#h|\\!x|g!|!g!|e x|e\\ x|/e x/|\\[f\\]|a/**/b|[!a]|B|**|!b/c.jpg  |a/ |foo\\|[z-a]|//a|/**/c.jpg'.split(
    '|',
  )

/** Random files, folders and rule files, the same for the same seed. */
function growTree(root: string, seed: number): void {
  let state = seed * 7919
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >> 8) % below
  }
  const pick = (values: string[]): string => values[random(values.length)] ?? ''
  const grow = (folder: string, depth: number): void => {
    for (const name of new Set(Array.from({length: 5}, () => pick(NAMES)))) {
      if (depth < 3 && random(2) === 1) {
        mkdirSync(join(folder, name))
        grow(join(folder, name), depth + 1)
      } else writeFileSync(join(folder, name), '')
    }
    if (depth > 0 && random(3) > 0) return
    writeFileSync(join(folder, RULES), Array.from({length: 1 + random(4)}, () => pick(PATTERNS)).join('\n'))
  }
  grow(root, 0)
}
