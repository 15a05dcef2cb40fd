import type {PictureRule} from '../../domain/media.js'

export interface Size {
  width: number
  height: number
}

/** The size a picture has once it is resized by the rule, before anything is cut off or padded, in whole pixels. */
export function fittedSize({width, height}: Size, rule: PictureRule): Size {
  if (rule.fit === 'fill') return {width: rule.width, height: rule.height}
  const isCover = rule.fit === 'cover'
  const scale = (isCover ? Math.max : Math.min)(rule.width / width, rule.height / height)
  const whole = rule.rounding === 'down' ? Math.floor : Math.round
  const side = (length: number, least: number): number => Math.max(least, whole(Number((length * scale).toFixed(6))))
  return {width: side(width, isCover ? rule.width : 1), height: side(height, isCover ? rule.height : 1)}
}

/** Up to here libvips weighs every pixel by the kernel; from here on it takes means of squares first. */
const PLAIN_UP_TO = 4
/** A step that leaves so many times the size in view loses nothing that the last step would have kept. */
const LEAST_LEFT = 2.5
/** A JPEG that is shrunk by eight while it is read is a mean of squares, too. */
const MOST_SHRUNK = 7.9

/**
 * The size to which a large picture is made smaller first, in whatever way is quick (a JPEG by 2 or 4 while it is read), so that the step from there to
 * `fitted` is an exact one; null where the exact step can do all of it. In one quick step a vector was off by up to 0.007 in cosine, in two by 0.0004.
 */
export function firstStep(size: Size, fitted: Size): Size | null {
  const across = size.width / fitted.width
  const down = size.height / fitted.height
  if (Math.max(across, down) < PLAIN_UP_TO) return null
  const left = (ratio: number): number => Math.min(ratio, PLAIN_UP_TO - 0.1, Math.max(LEAST_LEFT, ratio / MOST_SHRUNK))
  return {width: Math.round(fitted.width * left(across)), height: Math.round(fitted.height * left(down))}
}

/** A part from the middle, as far to the left and to the top as it goes where there are two. */
export function middleOf({width, height}: Size, part: Size) {
  return {
    left: (width - part.width) >> 1,
    top: (height - part.height) >> 1,
    width: part.width,
    height: part.height,
  }
}

/**
 * The size as shown of the picture that `preview` is a copy of, from what its file says, which may be turned otherwise. The preview's own where the file
 * says nothing, or less than what is in view.
 */
export function wholeSize(preview: Size, {whole}: {whole: Size | null}): Size {
  if (whole === null || whole.width * whole.height <= preview.width * preview.height) return preview
  const isTurned = preview.width > preview.height !== whole.width > whole.height
  return isTurned ? {width: whole.height, height: whole.width} : whole
}
