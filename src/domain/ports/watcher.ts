export interface WatcherOptions {
  /** Also folders whose names begin with a dot. */
  hidden: boolean
  /** Something in this folder came, changed or went; so may the folder itself. Told many times over. */
  onChange: (folder: string) => void
  /** Not everything is seen any more: the system has no more watches to give, or the folder is not to be watched. */
  onFailure: (reason: string) => void
  /** Another folder has taken a watched one's name, so that news of either go by a wrong one: dispose, watch again, and look at everything. */
  onConfusion: () => void
}

/** Is told by the operating system what changes in a folder and all below it. */
export interface Watcher {
  /** Resolves once everything is watched, or a failure was told. Disposing ends it. */
  watch(folder: string, options: WatcherOptions): Promise<AsyncDisposable>
}
