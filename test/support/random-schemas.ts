type Schema = Record<string, unknown>

const NAMES = ['a', 'ab', 'abc', 'tags', 'mood', 'b "q"', 'ü', '犬\\', '', 'kind', 'a/b~c']
const VALUES = [0, -1, 1.5, 1e21, 1e-7, null, true, 'a', 'ab', '', '"', '\\u0041\n', '犬', [], [1, 'x'], {a: {b: null}}]

/** A schema of the keywords that grammars know, for which there is a text of some hundred bytes; the same for the same numbers. */
export function randomSchema(random: () => number): Schema {
  const below = (end: number): number => Math.floor(random() * end)
  const pick = <T>(of: readonly T[]): T => of[below(of.length)] as T
  const some = <T>(of: readonly T[], least: number): T[] => {
    const kept = of.filter(() => random() < 0.4)
    return kept.length >= least ? kept : of.slice(0, least)
  }
  const maybe = (entries: Schema): Schema => Object.fromEntries(Object.entries(entries).filter(() => random() < 0.5))
  const definitions = some(['one', 'two/~', 'thr ee'], 0)

  const text = (): Schema => {
    const least = below(8)
    return {type: 'string', ...maybe({minLength: least, maxLength: least + below(random() < 0.2 ? 90 : 6)})}
  }
  const number = (): Schema => {
    const size = 10 ** below(8)
    const least = (random() - 0.7) * size
    const width = random() < 0.5 ? 1 + below(3) : size * random()
    const rounded = random() < 0.5 ? Math.round : (value: number): number => value
    const limits = {
      [pick(['minimum', 'exclusiveMinimum'])]: rounded(least),
      [pick(['maximum', 'exclusiveMaximum'])]: rounded(least) + 2 + width,
    }
    return {type: pick(['number', 'integer']), ...maybe(limits)}
  }
  const reference = (): Schema => ({$ref: `#/$defs/${pick(definitions).replaceAll('~', '~0').replaceAll('/', '~1')}`})
  const array = (depth: number): Schema => {
    const refers = definitions.length > 0 && random() < 0.4
    const least = refers ? 0 : below(3)
    const limits = maybe({minItems: least, maxItems: least + below(4)})
    return {type: 'array', ...limits, ...(refers ? {items: reference()} : maybe({items: schema(depth - 1)}))}
  }
  const object = (depth: number): Schema => {
    const names = some(NAMES, 0)
    const free = names.filter(() => definitions.length > 0 && random() < 0.3)
    const properties = Object.fromEntries(names.map(name => [name, free.includes(name) ? reference() : schema(depth - 1)]))
    const required = names.filter(name => !free.includes(name) && random() < 0.5)
    const others = pick([{}, {additionalProperties: false}, {additionalProperties: {type: 'boolean'}}])
    return {type: 'object', ...(names.length > 0 && {properties}), ...(required.length > 0 && {required}), ...others}
  }
  const schema = (depth: number): Schema => {
    const kind = below(depth > 0 ? 11 : 6)
    if (kind === 0) return text()
    if (kind === 1 || kind === 2) return number()
    if (kind === 3) return {enum: some(VALUES, 1), ...maybe({title: 'a title', description: 'says nothing'})}
    if (kind === 4) return {const: pick(VALUES)}
    if (kind === 5) return {type: pick(['boolean', 'null', ['null', 'integer'], ['string', 'boolean']])}
    if (kind <= 7) return array(depth)
    if (kind <= 9) return object(depth)
    return {anyOf: Array.from({length: 1 + below(3)}, () => schema(depth - 1))}
  }
  const whole = schema(3)
  return {...whole, $defs: Object.fromEntries(definitions.map(name => [name, schema(2)]))}
}
