import {MediaForgeError, messageOf} from '../../../domain/errors.js'

/** A JSON Schema (draft 2020-12) as it is read: an object of keywords. */
export type Schema = Readonly<Record<string, unknown>>

export type JsonType = 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null'

export const TYPES: readonly JsonType[] = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']

/** Keywords that say something of values of one type, and nothing of others. */
const KEYWORDS: Partial<Record<JsonType, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
}

const MOST_COUNT = 1_000_000

/** Keywords that say nothing of what a value may be. */
const ANNOTATIONS = new Set([
  ...['$schema', '$id', '$comment', '$defs', 'definitions', 'title', 'description', 'default', 'examples'],
  ...['deprecated', 'readOnly', 'writeOnly'],
])

export function unsupported(keyword: string, at: string, why = 'is not supported'): MediaForgeError {
  return new MediaForgeError('USAGE', `the schema's '${keyword}' ${why}, at ${at}`)
}

export function schemaOf(value: unknown, at: string): Schema {
  if (value === true) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MediaForgeError('USAGE', `a schema must be an object, at ${at}`)
  }
  return value as Schema
}

/** The keywords that say something of what a value may be. */
export function keywordsOf(schema: Schema): string[] {
  const isSilent = (keyword: string): boolean =>
    ANNOTATIONS.has(keyword) || (keyword === 'uniqueItems' && schema[keyword] === false)
  return Object.keys(schema).filter(keyword => !isSilent(keyword))
}

/**
 * The schema as its JSON reads, so that it is a tree of plain values. Throws `USAGE` for what is no JSON or nested more deeply than anybody reads.
 */
export function plainSchema(schema: unknown): Schema {
  let plain: unknown
  try {
    plain = JSON.parse(JSON.stringify(schema))
  } catch (error) {
    throw new MediaForgeError('USAGE', `the schema is no JSON: ${messageOf(error)}`, {cause: error})
  }
  return schemaOf(plain, '#')
}

/** Throws `USAGE` for the first keyword that is not one of these. */
export function allowOnly(schema: Schema, allowed: readonly string[], at: string): void {
  const other = keywordsOf(schema).find(keyword => !allowed.includes(keyword))
  if (other !== undefined) throw unsupported(other, at, `is not supported beside '${allowed[0]}'`)
}

/** The types that a schema without a choice of schemas allows: those it names, else those that its keywords speak of, else all. */
export function typesOf(schema: Schema, at: string): JsonType[] {
  const known = ['type', ...Object.values(KEYWORDS).flat()]
  const other = keywordsOf(schema).find(keyword => !known.includes(keyword))
  if (other !== undefined) throw unsupported(other, at)
  if (schema.type === undefined) {
    const spoken = TYPES.filter(type => KEYWORDS[type]?.some(keyword => schema[keyword] !== undefined) === true)
    return spoken.length > 0 ? spoken : TYPES.filter(type => type !== 'integer')
  }
  const named: unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type]
  const unknown = named.find(type => !TYPES.includes(type as JsonType))
  if (unknown !== undefined || named.length === 0)
    throw unsupported('type', at, `is no type of JSON: ${JSON.stringify(schema.type)}`)
  return TYPES.filter(type => named.includes(type) && (type !== 'integer' || !named.includes('number')))
}

/** The values that `const` or `enum` leave, or `null` where there is neither. Beside them only `type` may stand. */
export function valuesOf(schema: Schema, at: string): unknown[] | null {
  const keyword = 'const' in schema ? 'const' : 'enum' in schema ? 'enum' : null
  if (keyword === null) return null
  allowOnly(schema, [keyword, 'type'], at)
  const values: unknown = keyword === 'const' ? [schema.const] : schema.enum
  if (!Array.isArray(values)) throw unsupported(keyword, at, 'must be a list')
  const types = schema.type === undefined ? null : typesOf({type: schema.type}, at)
  const left = (values as unknown[]).filter(value => types === null || types.some(type => isOfType(value, type)))
  if (left.length === 0) throw unsupported(keyword, at, 'leaves no value')
  return left
}

export function isOfType(value: unknown, type: JsonType): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}

export function numberOf(schema: Schema, keyword: string, at: string): number | undefined {
  const value = schema[keyword]
  if (value !== undefined && typeof value !== 'number') throw unsupported(keyword, at, 'must be a number')
  return value
}

/** A whole number from 0 on. More than a million of anything is in no answer, and no grammar counts that far. */
export function countOf(schema: Schema, keyword: string, at: string): number | undefined {
  const value = schema[keyword]
  if (value === undefined) return undefined
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > MOST_COUNT) {
    throw unsupported(keyword, at, `must be a whole number from 0 to ${MOST_COUNT}`)
  }
  return value as number
}

/** What a local reference such as `#/$defs/tag` points to (RFC 6901). */
export function refered(root: Schema, reference: unknown, at: string): Schema {
  if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference))
    throw unsupported('$ref', at, 'must point into the same schema')
  let found: unknown = root
  for (const part of reference.split('/').slice(1)) {
    const key = unescaped(part).replaceAll('~1', '/').replaceAll('~0', '~')
    found = typeof found === 'object' && found !== null && Object.hasOwn(found, key) ? (found as Schema)[key] : undefined
  }
  if (found === undefined) throw unsupported('$ref', at, `points to nothing: ${reference}`)
  return schemaOf(found, reference)
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
