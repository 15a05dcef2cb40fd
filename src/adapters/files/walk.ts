import {readFileSync, statSync, type Stats} from 'node:fs'
import {dirname, sep} from 'node:path'
import {MediaForgeError, throwIfCancelled, type ErrorCode} from '../../domain/errors.js'
import type {FoundFile} from '../../domain/media.js'
import type {FolderListing, WalkOptions} from '../../domain/ports/files.js'
import {errnoOf, reasonOf, saysGone} from './file-errors.js'
import {listFolder, type FolderEntries} from './folder-entries.js'
import {IgnoreRules, RULE_FILE} from './ignore-rules.js'
import {Slices} from './slices.js'

/** A folder to be entered, with the rules in force above it. */
interface Pending {
  path: string
  rules: IgnoreRules
}

/** What one folder holds: its files, and the folders to enter next. */
interface Contents {
  files: FoundFile[]
  folders: Pending[]
  links: Pending[]
}

/** Walks a tree as the `FileSystem` port says. Synchronous calls in slices: twice as fast as asking for each file asynchronously. */
export async function* walk(root: string, options: WalkOptions = {}): AsyncGenerator<FolderListing, void, undefined> {
  throwIfCancelled(options.signal)
  const stats = statRoot(root)
  if (stats.isFile()) {
    yield {path: dirname(root), files: [foundFile(root, stats)]}
    return
  }
  yield* new Walk(root, options).folders()
}

/** A file as `stat` sees it. */
export function foundFile(path: string, stats: Stats): FoundFile {
  return {path, sizeBytes: stats.size, mtimeMs: stats.mtimeMs, inode: stats.ino}
}

class Walk {
  private readonly slices: Slices
  /** Device and inode of every folder entered, so that loops end and no folder is told twice. */
  private readonly entered = new Set<string>()
  /** The folders above those asked for: rules lie in them, and the way leads through them. */
  private readonly above = new Set<string>()

  constructor(
    private readonly root: string,
    private readonly options: WalkOptions,
  ) {
    this.slices = new Slices(options.signal)
    for (const folder of options.folders ?? []) {
      for (let path = folder; path !== root && path !== dirname(path); path = dirname(path)) this.above.add(dirname(path))
    }
  }

  async *folders(): AsyncGenerator<FolderListing, void, undefined> {
    const pending: Pending[] = [{path: this.root, rules: new IgnoreRules(this.options.ignore ?? [])}]
    // Symlinked folders wait until every real one has been entered, so that files are told at their real place.
    const links: Pending[] = []
    for (;;) {
      const folder = pending.pop() ?? links.shift()
      if (folder === undefined) return
      if (this.slices.isOver) await this.slices.next()
      const contents = await this.enter(folder)
      if (contents === null) continue
      if (this.isAsked(folder.path)) yield {path: folder.path, files: contents.files}
      for (const below of contents.folders.reverse()) if (this.leads(below.path)) pending.push(below)
      for (const link of contents.links) if (this.leads(link.path)) links.push(link)
    }
  }

  /** Null where there is nothing to enter: gone, entered before, or not to be listed. */
  private async enter(folder: Pending): Promise<Contents | null> {
    let listing: FolderEntries
    try {
      const stats = statSync(folder.path)
      const identity = `${stats.dev}:${stats.ino}`
      if (this.entered.has(identity)) return null
      this.entered.add(identity)
      listing = await listFolder(folder.path, stats.size, this.options.signal)
    } catch (error) {
      if (error instanceof MediaForgeError) throw error
      if (folder.path === this.root) throw offline(this.root, reasonOf(error), error)
      if (!saysGone(error)) this.tell(folder.path, 'FILE_UNREADABLE', `the folder cannot be listed: ${reasonOf(error)}`)
      return null
    }
    return this.look(folder, listing)
  }

  private async look(folder: Pending, {entries, invalid}: FolderEntries): Promise<Contents> {
    const prefix = folder.path.endsWith(sep) ? folder.path : folder.path + sep
    const place = this.relative(prefix)
    const rules = entries.some(entry => entry.name === RULE_FILE) ? this.rulesIn(folder, prefix + RULE_FILE) : folder.rules
    const contents: Contents = {files: [], folders: [], links: []}

    for (const entry of invalid) {
      if (this.isHidden(entry.name) || rules.ignores(place + entry.name, entry.isDirectory())) continue
      this.tell(
        prefix + entry.name,
        'FILE_NAME_INVALID',
        `the name is not valid UTF-8; rename it, for example: convmv -f latin1 -t utf8 --notest -r "${folder.path}"`,
      )
    }

    for (const entry of entries) {
      if (this.slices.isOver) await this.slices.next()
      const isFolder = entry.isDirectory()
      const isLink = entry.isSymbolicLink()
      // Pipes, sockets and devices are never touched.
      if (!isFolder && !isLink && !entry.isFile()) continue
      if (this.isHidden(entry.name) || rules.ignores(place + entry.name, isFolder)) continue
      const path = prefix + entry.name
      if (isFolder) {
        contents.folders.push({path, rules})
        continue
      }
      if (!this.isAsked(folder.path) && !(isLink && this.leads(path))) continue
      const stats = this.statOf(path)
      if (stats?.isFile()) contents.files.push(foundFile(path, stats))
      else if (isLink && stats?.isDirectory() && !rules.ignores(place + entry.name, true)) contents.links.push({path, rules})
    }
    return contents
  }

  private isAsked(folder: string): boolean {
    return this.options.folders === undefined || this.options.folders.has(folder)
  }

  private leads(folder: string): boolean {
    return this.isAsked(folder) || this.above.has(folder)
  }

  private isHidden(name: string): boolean {
    return this.options.hidden !== true && name.startsWith('.')
  }

  /** The part of a path below the root. */
  private relative(path: string): string {
    return path.slice(this.root.endsWith(sep) ? this.root.length : this.root.length + 1)
  }

  private rulesIn(folder: Pending, ruleFile: string): IgnoreRules {
    try {
      // A pipe of that name would never end.
      if (!statSync(ruleFile).isFile()) return folder.rules
      return folder.rules.with(this.relative(folder.path), readFileSync(ruleFile, 'utf8'))
    } catch (error) {
      if (!saysGone(error)) this.tell(ruleFile, 'FILE_UNREADABLE', `its ignore rules cannot be read: ${reasonOf(error)}`)
      return folder.rules
    }
  }

  /** Undefined, in silence, where a file has just gone or a link leads nowhere. */
  private statOf(path: string): Stats | undefined {
    try {
      return statSync(path, {throwIfNoEntry: false})
    } catch (error) {
      if (errnoOf(error) !== 'ELOOP') this.tell(path, 'FILE_UNREADABLE', `cannot be looked at: ${reasonOf(error)}`)
      return undefined
    }
  }

  private tell(path: string, code: ErrorCode, message: string): void {
    this.options.onProblem?.({path, code, message})
  }
}

function statRoot(root: string): Stats {
  let stats: Stats
  try {
    stats = statSync(root)
  } catch (error) {
    throw offline(root, saysGone(error) ? 'nothing is there' : reasonOf(error), error)
  }
  if (!stats.isDirectory() && !stats.isFile()) throw offline(root, 'it is neither a folder nor a file')
  return stats
}

function offline(root: string, reason: string, cause?: unknown): MediaForgeError {
  return new MediaForgeError('ROOT_OFFLINE', `cannot scan ${root}: ${reason}`, {
    hint: 'check the path, that its drive is connected and mounted, and that you may read it',
    cause,
  })
}
