import type {Event} from '../domain/events.js'

type Listener = (event: Event) => void

/** Carries news to whoever listens. Listeners are called at once, in the order they came; they must not throw. */
export interface Bus {
  emit(event: Event): void
  /** Returns the call that stops listening. */
  on(listener: Listener): () => void
}

export function createBus(): Bus {
  const listeners = new Set<Listener>()
  return {
    emit(event) {
      for (const listener of listeners) listener(event)
    },
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
