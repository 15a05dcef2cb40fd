const single = new Float32Array(1)
const bits = new Uint32Array(single.buffer)

/** The nearest 16-bit float (IEEE 754 binary16, ties to even) as its bits; too large values become infinite. */
export function halfOf(value: number): number {
  single[0] = value
  const word = bits[0] as number
  const sign = (word >>> 16) & 0x8000
  const exponent = ((word >>> 23) & 0xff) - 112
  const mantissa = word & 0x7fffff
  if (exponent >= 31) return sign | 0x7c00 | (exponent === 143 && mantissa !== 0 ? 0x200 : 0)
  if (exponent <= -11) return sign
  // Rounding may carry into the exponent, which is as it should be.
  if (exponent > 0) return sign | roundedShift((exponent << 23) | mantissa, 13)
  return sign | roundedShift(mantissa | 0x800000, 14 - exponent)
}

/** A 16-bit float's value, from its bits. */
export function valueOfHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >>> 10) & 31
  const mantissa = half & 1023
  if (exponent === 0) return sign * mantissa * 2 ** -24
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15)
}

/** The nearest bfloat16 as its bits. */
export function bfloatOf(value: number): number {
  single[0] = value
  return Number.isNaN(value) ? 0x7fc0 : roundedShift(bits[0] as number, 16) & 0xffff
}

/** Divides by 2^count, to the nearest whole number, ties to even. */
function roundedShift(value: number, count: number): number {
  const divisor = 2 ** count
  const whole = Math.floor(value / divisor)
  const rest = value - whole * divisor
  return rest > divisor / 2 || (rest === divisor / 2 && whole % 2 === 1) ? whole + 1 : whole
}
