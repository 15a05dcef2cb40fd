/** One way to fill a port. `load` is a dynamic import, so that an unused adapter costs nothing. */
export interface Entry<Port, Config> {
  summary: string
  load: () => Promise<{open: (config: Config) => Promise<Port>}>
}

/** Adding a backend is one file and one row; flags, help and completion follow from the keys. */
export type Registry<Name extends string, Port, Config> = Readonly<Record<Name, Entry<Port, Config>>>
