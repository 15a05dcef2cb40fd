/** Where one shot ends and the next begins. */
export interface Boundary {
  kind: 'cut' | 'dissolve' | 'fade'
  /** The first frame of the next shot: of a dissolve the middle one, of a fade the last one of its darkest. */
  frame: number
  /** The first frame that shows both shots or neither, and the first one after. A cut has none. */
  from: number
  to: number
}
