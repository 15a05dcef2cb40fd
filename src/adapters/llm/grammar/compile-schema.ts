import {MediaForgeError} from '../../../domain/errors.js'
import {Disjointness} from './disjoint.js'
import {gbnfOf} from './gbnf.js'
import {canEnd, literal, newGrammar, numbersOf, oneOfTexts, type Element, type Grammar, type Sequence} from './grammar.js'
import {addJsonRules, type JsonRules} from './json.js'
import {numbersBetween, type Limit} from './number-range.js'
import {
  allowOnly,
  countOf,
  keywordsOf,
  numberOf,
  plainSchema,
  refered,
  schemaOf,
  typesOf,
  unsupported,
  valuesOf,
  type JsonType,
  type Schema,
} from './schema.js'

/** Schemas in schemas, references counted in. */
const MOST_DEPTH = 500

interface Context {
  root: Schema
  disjoint: Disjointness
  depth: number
  grammar: Grammar
  json: JsonRules
  /** The rules of what references point to, made or in the making. */
  references: Map<string, number>
}

/**
 * The grammar of the JSON texts that satisfy a schema, as numbers for the native matcher. Members stand in the order of `properties`, and
 * others are never written. Throws `USAGE` naming a keyword that is not supported: what is written always satisfies the whole schema.
 */
export function compileJsonSchema(schema: unknown): Int32Array {
  const {grammar, character} = grammarOf(schema)
  return numbersOf(grammar, character)
}

/** The same in llama.cpp's notation. */
export function compileToGbnf(schema: unknown): string {
  const {grammar, character} = grammarOf(schema)
  return gbnfOf(grammar, character)
}

/** `character`: the rule of one character of a JSON string. */
function grammarOf(schema: unknown): {grammar: Grammar; character: number} {
  const root = plainSchema(schema)
  const grammar = newGrammar()
  const whole = grammar.reserve()
  const json = addJsonRules(grammar)
  const context = {root, disjoint: new Disjointness(root), depth: 0, grammar, json, references: new Map([['#', whole]])}
  grammar.define(whole, choicesOf(context, root, '#', ['#']))
  if (!canEnd(grammar, whole)) throw new MediaForgeError('USAGE', 'no value that ends satisfies the schema')
  return {grammar, character: json.character}
}

/** The rule of a schema inside a value: what it refers to may well be what it stands in. */
function ruleOf(context: Context, schema: unknown, at: string): Element {
  return {rule: context.grammar.add(choicesOf(context, schemaOf(schema, at), at, []))}
}

/** `open`: the references that lead here without a byte in between; to come back to one of them would never end. */
function choicesOf(context: Context, schema: Schema, at: string, open: readonly string[]): Sequence[] {
  if (context.depth >= MOST_DEPTH) throw new MediaForgeError('USAGE', `the schema is nested more than ${MOST_DEPTH} deep`)
  context.depth++
  const choices = choicesWithin(context, schema, at, open)
  context.depth--
  return choices
}

function choicesWithin(context: Context, schema: Schema, at: string, open: readonly string[]): Sequence[] {
  if ('$ref' in schema) {
    allowOnly(schema, ['$ref'], at)
    return [[{rule: referenceOf(context, schema.$ref, at, open)}]]
  }
  for (const keyword of ['anyOf', 'oneOf']) {
    if (schema[keyword] === undefined) continue
    allowOnly(schema, [keyword], at)
    return alternativesOf(context, schema[keyword], keyword, `${at}/${keyword}`, open)
  }
  const values = valuesOf(schema, at)
  if (values !== null) {
    const texts = values.map(value => JSON.stringify(value))
    return oneOfTexts(context.grammar, texts)
  }
  const types = typesOf(schema, at)
  if (keywordsOf(schema).length === 0) return [[{rule: context.json.value}]]
  return types.flatMap(type => choicesOfType(context, schema, type, at))
}

function referenceOf(context: Context, reference: unknown, at: string, open: readonly string[]): number {
  const target = refered(context.root, reference, at)
  const name = reference as string
  if (open.includes(name)) throw unsupported('$ref', at, `refers to itself: ${name}`)
  const known = context.references.get(name)
  if (known !== undefined) return known
  const rule = context.grammar.reserve()
  context.references.set(name, rule)
  context.grammar.define(rule, choicesOf(context, target, name, [...open, name]))
  return rule
}

function alternativesOf(context: Context, list: unknown, keyword: string, at: string, open: readonly string[]): Sequence[] {
  if (!Array.isArray(list) || list.length === 0) throw unsupported(keyword, at, 'must be a list of schemas')
  const schemas = list.map((schema, i) => schemaOf(schema, `${at}/${i}`))
  if (keyword === 'oneOf') {
    const clash = schemas.findIndex((schema, i) => schemas.slice(0, i).some(other => !context.disjoint.of(schema, other)))
    if (clash >= 0) throw unsupported('oneOf', `${at}/${clash}`, "has choices that one value may satisfy both; use 'anyOf'")
  }
  return schemas.flatMap((schema, i) => choicesOf(context, schema, `${at}/${i}`, open))
}

function choicesOfType(context: Context, schema: Schema, type: JsonType, at: string): Sequence[] {
  switch (type) {
    case 'object':
      return objectOf(context, schema, at)
    case 'array':
      return arrayOf(context, schema, at)
    case 'string':
      return [stringOf(context, schema, at)]
    case 'number':
    case 'integer':
      return numberOfType(context, schema, type, at)
    case 'boolean':
      return ['true', 'false'].map(literal)
    case 'null':
      return [literal('null')]
  }
}

function numberOfType({grammar, json}: Context, schema: Schema, type: 'number' | 'integer', at: string): Sequence[] {
  const least = limitOf(schema, 'minimum', 'exclusiveMinimum', Math.max, at)
  const most = limitOf(schema, 'maximum', 'exclusiveMaximum', Math.min, at)
  if (least === undefined && most === undefined) return [[{rule: json[type]}]]
  const choices = numbersBetween(grammar, least, most, {fractions: type === 'number'})
  if (choices.length === 0)
    throw unsupported(least === undefined ? 'maximum' : 'minimum', at, `leaves no ${type} of at most 15 digits`)
  return choices
}

/** The closer one of two limits; of equal ones the exclusive one. */
function limitOf(
  schema: Schema,
  keyword: string,
  exclusiveKeyword: string,
  closer: (a: number, b: number) => number,
  at: string,
): Limit | undefined {
  const [value, exclusive] = [numberOf(schema, keyword, at), numberOf(schema, exclusiveKeyword, at)]
  if (exclusive === undefined) return value === undefined ? undefined : {value, exclusive: false}
  return value === undefined || closer(value, exclusive) === exclusive
    ? {value: exclusive, exclusive: true}
    : {value, exclusive: false}
}

function stringOf({json}: Context, schema: Schema, at: string): Sequence {
  const [least, most] = limitsOf(schema, 'minLength', 'maxLength', at)
  return [...literal('"'), {repeat: json.character, least, most}, ...literal('"')]
}

function limitsOf(schema: Schema, leastKeyword: string, mostKeyword: string, at: string): [number, number] {
  const least = countOf(schema, leastKeyword, at) ?? 0
  const most = countOf(schema, mostKeyword, at) ?? Infinity
  if (most < least) throw unsupported(mostKeyword, at, `is below '${leastKeyword}'`)
  return [least, most]
}

function arrayOf(context: Context, schema: Schema, at: string): Sequence[] {
  const [least, most] = limitsOf(schema, 'minItems', 'maxItems', at)
  const empty: Sequence[] = least === 0 ? [literal('[]')] : []
  if (most === 0) return empty
  const item = ruleOf(context, schema.items ?? true, `${at}/items`)
  const more = context.grammar.add([[...context.json.comma, item]])
  const rest = {repeat: more, least: Math.max(0, least - 1), most: most - 1}
  return [...empty, [...literal('['), item, rest, ...literal(']')]]
}

function objectOf(context: Context, schema: Schema, at: string): Sequence[] {
  const {grammar, json} = context
  const properties = schema.properties === undefined ? {} : schemaOf(schema.properties, `${at}/properties`)
  const required = namesOf(schema.required, at)
  const others = schema.additionalProperties ?? true
  const unnamed = required.filter(name => !Object.hasOwn(properties, name))
  if (unnamed.length > 0 && others === false) {
    throw unsupported('required', at, `names '${unnamed[0]}', which 'additionalProperties' forbids`)
  }
  const members = [...Object.entries(properties), ...unnamed.map((name): [string, unknown] => [name, others])]
  if (members.length === 0)
    return others === false ? [literal('{}')] : anyMembersOf(context, others, `${at}/additionalProperties`)

  // From the last member on: what may stand from here to the end, where members stand before and where none does.
  let behind: Element = {rule: grammar.add([[]])}
  let first: Element = behind
  for (const [name, property] of members.toReversed()) {
    const member = [...literal(JSON.stringify(name)), ...json.colon, ruleOf(context, property, `${at}/properties/${name}`)]
    const optional = !required.includes(name)
    const next = grammar.add([[...json.comma, ...member, behind], ...(optional ? [[behind]] : [])])
    first = {rule: grammar.add([[...member, behind], ...(optional ? [[first]] : [])])}
    behind = {rule: next}
  }
  return [[...literal('{'), first, ...literal('}')]]
}

/** Members of any names. */
function anyMembersOf(context: Context, value: unknown, at: string): Sequence[] {
  const {grammar, json} = context
  const member = [{rule: json.string}, ...json.colon, ruleOf(context, value, at)]
  const more = grammar.add([[...json.comma, ...member]])
  return [literal('{}'), [...literal('{'), ...member, {repeat: more, least: 0, most: Infinity}, ...literal('}')]]
}

function namesOf(value: unknown, at: string): string[] {
  if (value === undefined) return []
  if (!Array.isArray(value) || !value.every(name => typeof name === 'string')) {
    throw unsupported('required', at, 'must be a list of names')
  }
  return Array.from(new Set(value))
}
