const EVERY_MS = 50

/** Looks again until what is looked for is there, and gives it; fails after a while, saying what was waited for. */
export async function until<Found>(what: string, look: () => Promise<Found | undefined> | Found | undefined): Promise<Found> {
  const end = Date.now() + 45_000
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await new Promise(resolve => setTimeout(resolve, EVERY_MS))
  }
}
