import {isDeepStrictEqual} from 'node:util'
import {isOfType, refered, schemaOf, TYPES, typesOf, valuesOf, type JsonType, type Schema} from './schema.js'

/** References may lead to themselves, and choices of choices are many: beyond these it cannot be told. */
const MOST_DEPTH = 16
const MOST_COMPARISONS = 100_000

/** Tells of two schemas whether no value can satisfy both, which is what `oneOf` needs of its choices. Where it cannot be told, not. */
export class Disjointness {
  private comparisons = 0

  constructor(private readonly root: Schema) {}

  of(a: Schema, b: Schema, depth = 0): boolean {
    if (depth > MOST_DEPTH || ++this.comparisons > MOST_COMPARISONS) return false
    if ('$ref' in a) return this.of(refered(this.root, a.$ref, '#'), b, depth + 1)
    if ('$ref' in b) return this.of(a, refered(this.root, b.$ref, '#'), depth + 1)
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const choices = one.anyOf ?? one.oneOf
      if (Array.isArray(choices)) return choices.every(choice => this.of(schemaOf(choice, '#'), other, depth + 1))
    }
    const [values, others] = [valuesOf(a, '#'), valuesOf(b, '#')]
    if (values !== null && others !== null) {
      this.comparisons += values.length * others.length
      return this.comparisons <= MOST_COMPARISONS && !values.some(value => others.some(other => isDeepStrictEqual(value, other)))
    }
    const [mine, theirs] = [typesLeft(a, values), typesLeft(b, others)]
    const shared = mine.filter(type => theirs.some(other => other === type || (isNumber(type) && isNumber(other))))
    if (shared.length === 0) return true
    return shared.every(type => type === 'object') && this.haveDisjointMember(a, b, depth)
  }

  /** Objects that both need a member of one name, which cannot be the same. */
  private haveDisjointMember(a: Schema, b: Schema, depth: number): boolean {
    const [names, others] = [a, b].map(({required}) => (Array.isArray(required) ? (required as unknown[]) : [])) as [
      unknown[],
      unknown[],
    ]
    const [members, theirs] = [a, b].map(({properties}) => (properties ?? {}) as Schema) as [Schema, Schema]
    return names.some(name => {
      if (typeof name !== 'string' || !others.includes(name)) return false
      const [one, other] = [members[name], theirs[name]]
      return one !== undefined && other !== undefined && this.of(schemaOf(one, '#'), schemaOf(other, '#'), depth + 1)
    })
  }
}

function typesLeft(schema: Schema, values: unknown[] | null): JsonType[] {
  return values === null ? typesOf(schema, '#') : TYPES.filter(type => values.some(value => isOfType(value, type)))
}

function isNumber(type: JsonType): boolean {
  return type === 'number' || type === 'integer'
}
