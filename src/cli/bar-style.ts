/** How bars on stderr look. Ctrl-C is handled by the command: what is done stays, and what is not is given back. */
export function barStyle() {
  return {
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    gracefulExit: false,
    emptyOnZero: true,
  }
}
