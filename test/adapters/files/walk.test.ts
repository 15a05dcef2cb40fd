import {execFileSync} from 'node:child_process'
import {chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:net'
import {basename, join, relative} from 'node:path'
import {describe, expect, it} from 'vitest'
import {openFileSystem} from '../../../dist/adapters/files/file-system.js'
import type {FolderListing, WalkOptions, WalkProblem} from '../../../dist/domain/ports/files.js'
import {tempFolder} from './temp-folder.js'

const {walk} = openFileSystem()

async function listings(root: string, options?: WalkOptions): Promise<FolderListing[]> {
  const all: FolderListing[] = []
  for await (const listing of walk(root, options)) all.push(listing)
  return all
}

/** The paths of all files below the root, in the order of the walk. */
async function filesIn(root: string, options?: WalkOptions): Promise<string[]> {
  return (await listings(root, options)).flatMap(listing => listing.files.map(file => relative(root, file.path)))
}

/** A process walks the folder after giving up the rights of root, before which no permission holds. */
function walkAsNobody(root: string): {files: string[]; problems: string[]; rootCode: string; secretCode: string} {
  const script = `
    const {openFileSystem} = await import(process.argv[1])
    const root = process.argv[2]
    if (process.getuid() === 0) { process.setgroups([]); process.setgid(65534); process.setuid(65534) }
    const {walk, recognise} = openFileSystem()
    const problems = [], files = []
    const onProblem = problem => problems.push([problem.code, problem.path, problem.message].join(' '))
    for await (const listing of walk(root, {onProblem})) files.push(...listing.files.map(file => file.path.slice(root.length + 1)))
    const rootCode = await walk(root + '/locked').next().catch(error => error.code)
    const secretCode = await recognise(root + '/z/secret.jpg').catch(error => error.code)
    console.log(JSON.stringify({files, problems, rootCode, secretCode}))`
  const built = join(import.meta.dirname, '../../../dist/adapters/files/file-system.js')
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script, built, root], {encoding: 'utf8'})
  return JSON.parse(output) as ReturnType<typeof walkAsNobody>
}

describe('what the walk tells', () => {
  it('tells one listing a folder, depth first in name order, empty folders too', async () => {
    const root = tempFolder({'b/2.jpg': 'x', 'b/1.jpg': 'xy', 'a/deep/3.jpg': 'x', 'z.jpg': 'x'})
    mkdirSync(join(root, 'c'))
    const told = await listings(root)
    expect(told.map(listing => relative(root, listing.path))).toEqual(['', 'a', 'a/deep', 'b', 'c'])
    expect(told[3]?.files.map(file => basename(file.path))).toEqual(['1.jpg', '2.jpg'])
    expect(told[3]?.files[0]).toEqual(await openFileSystem().stat(join(root, 'b/1.jpg')))
    expect(told[3]?.files[0]?.sizeBytes).toBe(2)
  })

  it('takes a single file as the root, whatever its name', async () => {
    const root = tempFolder({'.one.jpg': 'x', 'two.jpg': 'x'})
    const told = await listings(join(root, '.one.jpg'))
    expect(told).toHaveLength(1)
    expect(told[0]?.path).toBe(root)
    expect(told[0]?.files.map(file => file.path)).toEqual([join(root, '.one.jpg')])
  })

  it('gives paths below the root as it was named, also through a symlink', async () => {
    const root = tempFolder({'real/a.jpg': 'x'})
    symlinkSync('real', join(root, 'link'))
    expect((await listings(join(root, 'link')))[0]?.files[0]?.path).toBe(join(root, 'link/a.jpg'))
  })

  it('passes over hidden names unless asked for them', async () => {
    const root = tempFolder({'.hidden.jpg': 'x', '.folder/a.jpg': 'x', 'b.jpg': 'x'})
    expect(await filesIn(root)).toEqual(['b.jpg'])
    expect(await filesIn(root, {hidden: true})).toEqual(['.hidden.jpg', 'b.jpg', '.folder/a.jpg'])
  })

  it('takes names with line breaks, quotes and emoji as they are', async () => {
    const names = [
      'a\nb.jpg',
      '"quoted" \'too\'.jpg',
      '🏖️ beach.jpg',
      ' leading.jpg',
      'back\\slash.jpg',
      '...',
      '-rf',
      '\uFFFD.jpg',
    ]
    const root = tempFolder(Object.fromEntries(names.map(name => [`in\n"🎉"/${name}`, 'x'])))
    writeFileSync(join(root, '.mediaforgeignore'), '*.tmp\n')
    const told = (await filesIn(root, {hidden: true})).map(path => basename(path))
    expect(told.sort()).toEqual([...names, '.mediaforgeignore'].sort())
  })

  it('never touches pipes, sockets and devices', async () => {
    const root = tempFolder({'a.jpg': 'x'})
    execFileSync('mkfifo', [join(root, 'pipe.jpg'), join(root, '.mediaforgeignore')])
    symlinkSync('pipe.jpg', join(root, 'link-to-pipe.jpg'))
    symlinkSync('/dev/zero', join(root, 'zero.jpg'))
    const server = createServer().listen(join(root, 'socket.jpg'))
    expect(await filesIn(root)).toEqual(['a.jpg'])
    server.close()
  })
})

describe('symlinks', () => {
  it('follows links to files and folders, and tells real folders before linked ones', async () => {
    const outside = tempFolder({'far.jpg': 'x'})
    const root = tempFolder({'z/a.jpg': 'x'})
    symlinkSync('z', join(root, 'a-link'))
    symlinkSync(outside, join(root, 'b-link'))
    symlinkSync('z/a.jpg', join(root, 'file-link.jpg'))
    expect(await filesIn(root)).toEqual(['file-link.jpg', 'z/a.jpg', 'b-link/far.jpg'])
  })

  it('ends in loops and passes over links that lead nowhere', async () => {
    const root = tempFolder({'a/b/1.jpg': 'x'})
    symlinkSync('..', join(root, 'a/b/up'))
    symlinkSync(root, join(root, 'a/top'))
    symlinkSync('self', join(root, 'self'))
    symlinkSync('nothing.jpg', join(root, 'dangling.jpg'))
    const problems: WalkProblem[] = []
    expect(await filesIn(root, {onProblem: problem => problems.push(problem)})).toEqual(['a/b/1.jpg'])
    expect(problems).toEqual([])
  })
})

describe('what the walk cannot look at', () => {
  it('rejects with ROOT_OFFLINE where the root is not there or is no folder', async () => {
    const root = tempFolder({'file.jpg': 'x'})
    for (const path of [join(root, 'missing'), join(root, 'file.jpg/below'), '/dev/null']) {
      await expect(filesIn(path)).rejects.toMatchObject({code: 'ROOT_OFFLINE', hint: expect.stringContaining('mounted')})
    }
  })

  it('tells names that are not UTF-8 and goes on, and leaves alone a name that really has U+FFFD', async () => {
    const root = tempFolder({'good.jpg': 'x', '\uFFFD.jpg': 'x'})
    const bad = (name: string): Buffer => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, 'latin1')])
    writeFileSync(bad('caf\xe9.jpg'), 'x')
    writeFileSync(bad('\xff.jpg'), 'x')
    writeFileSync(bad('.hidden\xff'), 'x')
    writeFileSync(bad('\xff.tmp'), 'x')
    mkdirSync(bad('\xfcber'))
    writeFileSync(bad('\xfcber/in.jpg'), 'x')
    const problems: WalkProblem[] = []
    const files = await filesIn(root, {ignore: ['*.tmp'], onProblem: problem => problems.push(problem)})
    expect(files).toEqual(['good.jpg', '\uFFFD.jpg'])
    expect(problems.map(problem => relative(root, problem.path)).sort()).toEqual(['caf\uFFFD.jpg', '\uFFFD.jpg', '\uFFFDber'])
    expect(new Set(problems.map(problem => problem.code))).toEqual(new Set(['FILE_NAME_INVALID']))
    expect(problems[0]?.message).toMatch(/not valid UTF-8.*convmv/)
  })

  it('passes in silence over what vanishes on the way', async () => {
    const root = tempFolder({'a.jpg': 'x', 'vanishing.jpg': 'x', 'b/1.jpg': 'x', 'c/2.jpg': 'x', 'd/3.jpg': 'x'})
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]), 'x')
    const problems: string[] = []
    const files: string[] = []
    // The bad name is told between the listing of the folder and the look at its files.
    const onProblem = (problem: WalkProblem): void => {
      problems.push(problem.code)
      unlinkSync(join(root, 'vanishing.jpg'))
    }
    for await (const listing of walk(root, {onProblem})) {
      files.push(...listing.files.map(file => relative(root, file.path)))
      if (listing.path !== root) continue
      rmSync(join(root, 'b'), {recursive: true})
      renameSync(join(root, 'c/2.jpg'), join(root, 'moved'))
      rmSync(join(root, 'c'), {recursive: true})
      renameSync(join(root, 'moved'), join(root, 'c'))
    }
    expect(files).toEqual(['a.jpg', 'd/3.jpg'])
    expect(problems).toEqual(['FILE_NAME_INVALID'])
  })

  it('tells what it may not read and goes on, without the rights of root', () => {
    const root = tempFolder({'a/1.jpg': 'x', 'locked/2.jpg': 'x', 'names-only/3.jpg': 'x', 'z/4.jpg': 'x', 'z/secret.jpg': 'x'})
    writeFileSync(join(root, 'z/.mediaforgeignore'), '*')
    chmodSync(join(root, 'locked'), 0)
    chmodSync(join(root, 'names-only'), 0o744)
    chmodSync(join(root, 'z/.mediaforgeignore'), 0)
    chmodSync(join(root, 'z/secret.jpg'), 0)
    const told = walkAsNobody(root)
    expect(told.problems).toEqual([
      `FILE_UNREADABLE ${root}/locked the folder cannot be listed: permission denied`,
      `FILE_UNREADABLE ${root}/names-only/3.jpg cannot be looked at: permission denied`,
      `FILE_UNREADABLE ${root}/z/.mediaforgeignore its ignore rules cannot be read: permission denied`,
    ])
    expect(told.files).toEqual(['a/1.jpg', 'z/4.jpg', 'z/secret.jpg'])
    expect(told.rootCode).toBe('ROOT_OFFLINE')
    expect(told.secretCode).toBe('FILE_UNREADABLE')
    chmodSync(join(root, 'locked'), 0o755)
  })
})
