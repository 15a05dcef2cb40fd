import type {SearchFilter} from '../../domain/search.js'
import {placeholders, underFolder} from './rows.js'

/** A filter as SQL: what follows the tables, and a condition with its parameters. */
interface FilterSql {
  join: string
  where: string
  params: unknown[]
}

/**
 * A filter as SQL about the content whose id the expression `id` gives. Every part that is given must hold. Each content is looked up by itself, in
 * indexes that hold all that is asked (`schema-filters.ts`): a set of all that pass would take longer to make than most searches last.
 */
export function filterSql(filter: SearchFilter, id: string): FilterSql {
  const parts: string[] = []
  const params: unknown[] = []
  const add = (sql: string, ...values: unknown[]) => {
    parts.push(sql)
    params.push(...values)
  }
  if (filter.kinds !== undefined) add(`filtered.kind IN (${placeholders(filter.kinds.length)})`, ...filter.kinds)
  for (const [comparison, bound] of boundsOf(filter)) if (bound !== undefined) add(`filtered.${comparison} ?`, bound)
  // A join takes half of what EXISTS does.
  const join = parts.length === 0 ? '' : `CROSS JOIN content AS filtered INDEXED BY content_filter ON filtered.id = ${id}`
  const hasTag = `EXISTS (SELECT 1 FROM content_tag WHERE content_tag.content_id = ${id} AND tag_id = (SELECT id FROM tag WHERE name = ?))`
  for (const tag of filter.tags ?? []) add(hasTag, tag)
  for (const tag of filter.withoutTags ?? []) add(`NOT ${hasTag}`, tag)
  if (filter.folder !== undefined) {
    const under = underFolder('path', filter.folder)
    // The plus keeps SQLite from starting with the folders, of which each has a thousand files.
    add(
      `EXISTS (SELECT 1 FROM location INDEXED BY location_place WHERE location.content_id = ${id} AND location.state <> 'missing'
        AND +folder_id IN (SELECT id FROM folder WHERE ${under.sql}))`,
      ...under.params,
    )
  }
  return {join, where: parts.length === 0 ? 'TRUE' : parts.join(' AND '), params}
}

function boundsOf(filter: SearchFilter): [comparison: string, bound: string | number | undefined][] {
  return [
    ['captured_at >=', filter.after],
    ['captured_at <', filter.before],
    ['size_bytes >=', filter.minSizeBytes],
    ['size_bytes <=', filter.maxSizeBytes],
    ['duration_ms >=', filter.minDurationMs],
    ['duration_ms <=', filter.maxDurationMs],
  ]
}
