import type {SearchFilter} from '../../domain/search.js'
import {placeholders, underFolder} from './rows.js'

/** A filter as SQL over `content`. Every part that is given must hold. */
export function filterSql(filter: SearchFilter): {sql: string; params: unknown[]} {
  const parts: string[] = []
  const params: unknown[] = []
  const add = (sql: string, ...values: unknown[]) => {
    parts.push(sql)
    params.push(...values)
  }
  const hasTag = 'EXISTS (SELECT 1 FROM content_tag JOIN tag ON tag.id = tag_id WHERE content_id = content.id AND tag.name = ?)'
  if (filter.kinds !== undefined) add(`content.kind IN (${placeholders(filter.kinds.length)})`, ...filter.kinds)
  if (filter.after !== undefined) add('content.captured_at >= ?', filter.after)
  if (filter.before !== undefined) add('content.captured_at < ?', filter.before)
  for (const tag of filter.tags ?? []) add(hasTag, tag)
  for (const tag of filter.withoutTags ?? []) add(`NOT ${hasTag}`, tag)
  if (filter.minSizeBytes !== undefined) add('content.size_bytes >= ?', filter.minSizeBytes)
  if (filter.maxSizeBytes !== undefined) add('content.size_bytes <= ?', filter.maxSizeBytes)
  if (filter.minDurationMs !== undefined) add('content.duration_ms >= ?', filter.minDurationMs)
  if (filter.maxDurationMs !== undefined) add('content.duration_ms <= ?', filter.maxDurationMs)
  if (filter.folder !== undefined) {
    const under = underFolder('folder.path', filter.folder)
    add(
      `EXISTS (SELECT 1 FROM location JOIN folder ON folder.id = folder_id WHERE location.content_id = content.id
        AND location.state <> 'missing' AND ${under.sql})`,
      ...under.params,
    )
  }
  return {sql: parts.length === 0 ? 'TRUE' : parts.join(' AND '), params}
}
