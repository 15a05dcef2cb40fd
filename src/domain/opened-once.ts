/** Something that is opened by the first who asks for it. Where that fails, the next who asks tries again. */
export interface OpenedOnce<Thing> {
  get(): Promise<Thing>
  /** Null where nobody asked yet, or it did not open. */
  ifOpen(): Promise<Thing | null>
}

export function openedOnce<Thing>(open: () => Promise<Thing>): OpenedOnce<Thing> {
  let opened: Promise<Thing> | undefined
  return {
    get() {
      opened ??= open().catch((error: unknown) => {
        opened = undefined
        throw error
      })
      return opened
    },
    ifOpen: async () => (await opened?.catch(() => null)) ?? null,
  }
}
