/** The machine this program runs on, as the queue sees it. */
export interface Host {
  /** Names this process in leases: unique, and telling enough for `isGone`. */
  owner: string
  /** True when that owner was a process of this machine and no longer runs. */
  isGone(owner: string): boolean
}

/** Where a point on the map is, in words. */
export interface Places {
  /** Names from narrow to wide, in English: a country. Empty at sea. */
  namesOf(point: {latitude: number; longitude: number}): Promise<string[]>
}
