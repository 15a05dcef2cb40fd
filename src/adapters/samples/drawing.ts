/** Colours that several scenes share: light falls from above left. */
const PAINTS = `
  <linearGradient id="day" x1="0" y1="0" x2="0" y2="1"><stop stop-color="#3f7fc4"/><stop offset="1" stop-color="#d6e8f5"/></linearGradient>
  <linearGradient id="night" x1="0" y1="0" x2="0" y2="1"><stop stop-color="#060a1c"/><stop offset="1" stop-color="#2a3356"/></linearGradient>
  <linearGradient id="grass" x1="0" y1="0" x2="0" y2="1"><stop stop-color="#7fa65a"/><stop offset="1" stop-color="#3f6b2a"/></linearGradient>
  <linearGradient id="road" x1="0" y1="0" x2="0" y2="1"><stop stop-color="#77787c"/><stop offset="1" stop-color="#4b4c50"/></linearGradient>
  <linearGradient id="wood" x1="0" y1="0" x2="0" y2="1"><stop stop-color="#a9774a"/><stop offset="1" stop-color="#7a4f2b"/></linearGradient>
  <linearGradient id="wall" x1="0" y1="0" x2="1" y2="1"><stop stop-color="#ece4d6"/><stop offset="1" stop-color="#c9bda8"/></linearGradient>
  <linearGradient id="metal" x1="0" y1="0" x2="1" y2="0">
    <stop stop-color="#8b8f94"/><stop offset=".4" stop-color="#d4d7da"/><stop offset="1" stop-color="#6d7176"/>
  </linearGradient>
  <radialGradient id="orange" cx=".35" cy=".3" r=".8">
    <stop stop-color="#ffc35a"/><stop offset=".5" stop-color="#f58a1f"/><stop offset="1" stop-color="#a84e05"/>
  </radialGradient>
  <filter id="soft"><feGaussianBlur stdDeviation="6"/></filter>
  <filter id="far"><feGaussianBlur stdDeviation="3"/></filter>`

/** A whole SVG document. No text in it: letters would need a font, and a machine may have none. */
export function drawing(width: number, height: number, ...parts: string[]): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
    `<defs>${PAINTS}</defs>${parts.join('')}</svg>`
  )
}

/** Draws something `times` times. */
export function repeat(times: number, draw: (index: number) => string): string {
  return Array.from({length: times}, (_, i) => draw(i)).join('')
}

export function moved(x: number, y: number, scale: number, ...parts: string[]): string {
  return `<g transform="translate(${x} ${y}) scale(${scale})">${parts.join('')}</g>`
}

/** What stands behind the thing that is looked at, out of focus. */
export function farAway(...parts: string[]): string {
  return `<g filter="url(#far)">${parts.join('')}</g>`
}

export function shadow(x: number, y: number, rx: number, ry: number): string {
  return `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" opacity=".4" filter="url(#soft)"/>`
}

/** The corners of an octagon that stands on a side, for `<polygon points>`. */
export function octagon(x: number, y: number, radius: number): string {
  const corners = Array.from({length: 8}, (_, i) => {
    const angle = ((i + 0.5) * Math.PI) / 4
    return `${(x + radius * Math.cos(angle)).toFixed(1)},${(y + radius * Math.sin(angle)).toFixed(1)}`
  })
  return corners.join(' ')
}
