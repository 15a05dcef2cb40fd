import type {ContentView, Root} from '../domain/ports/library.js'

/** File names and folders relative to their root, for the text of a content: the path above the root says nothing about the picture. */
export function placesOf(content: ContentView, roots: Root[]): {name: string; folder: string}[] {
  return content.locations.map(({path}) => {
    const slash = path.lastIndexOf('/')
    const folder = path.slice(0, slash)
    const root = roots.find(candidate => folder === candidate.path || folder.startsWith(`${candidate.path}/`))
    return {name: path.slice(slash + 1), folder: root === undefined ? folder : folder.slice(root.path.length + 1)}
  })
}
