import {sep} from 'node:path'
import ignore from 'ignore'

/** The name of a rule file, in any folder of a tree. */
export const RULE_FILE = '.mediaforgeignore'

/** Git compares names as its file system does. */
const IGNORE_CASE = process.platform === 'darwin' || process.platform === 'win32'

/** The matcher remembers every path it was asked about, so it is made anew after this many. */
const MATCHER_LIFE = 10_000

/**
 * Gitignore rules in force in one folder of a tree. A later rule beats an earlier one and a deeper file a shallower one, as in git.
 * All files' rules are held in one list, rewritten to start at the root, because that is what makes a deeper `!rule` win.
 */
export class IgnoreRules {
  private matcher: ignore.Ignore | undefined
  private asked = 0

  /** `given` are rules from outside the tree, relative to its root; they beat those of rule files, as git's command line does. */
  constructor(
    private readonly given: readonly string[],
    private readonly found: readonly string[] = [],
  ) {}

  /** These rules with those of a rule file in `folder`, which is relative to the root and empty for the root itself. */
  with(folder: string, text: string): IgnoreRules {
    const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
    const rules = lines.filter(line => line.trim() !== '' && !line.startsWith('#'))
    return new IgnoreRules(this.given, [...this.found, ...rules.map(rule => rebased(rule, folder))])
  }

  /** Whether the rules leave out a file or folder. Its parents are taken as let through: nobody asks below an ignored folder. */
  ignores(path: string, isFolder: boolean): boolean {
    if (this.given.length + this.found.length === 0) return false
    if (this.matcher === undefined || ++this.asked > MATCHER_LIFE) {
      // Names such as `...` look like relative paths to the package, which by default refuses those.
      this.matcher = ignore({ignoreCase: IGNORE_CASE, allowRelativePaths: true}).add([...this.found, ...this.given])
      this.asked = 0
    }
    return this.matcher.ignores(isFolder ? `${path}/` : path)
  }
}

// A rule of a file in `folder`, said from the root: in `a`, `*.tmp` becomes `/a/**/*.tmp`, and `x/y` becomes `/a/x/y`.
function rebased(rule: string, folder: string): string {
  if (folder === '') return rule
  const negation = rule.startsWith('!') ? '!' : ''
  const body = rule.slice(negation.length)
  const base = folder
    .split(sep)
    .map(name => name.replace(/[\\*?[\]!# ]/g, '\\$&'))
    .join('/')
  // A slash anywhere but at the end ties a rule to the folder of its file.
  const isTied = /\/(?=.*\S)/.test(body)
  return isTied ? `${negation}/${base}/${body.replace(/^\//, '')}` : `${negation}/${base}/**/${body}`
}
