import {drawing, farAway, moved, octagon, repeat, shadow} from './drawing.js'

/** A thing that is drawn so that a detector trained on photographs sees it. */
export const scenes = {
  stopSign: drawing(
    1200,
    900,
    '<rect width="1200" height="600" fill="url(#day)"/>',
    farAway(house(60, 260, 200, '#d9c7a3'), house(820, 300, 230, '#b9c4c9'), tree(420, 600, 1.2), tree(760, 600, 0.9)),
    '<rect y="590" width="1200" height="310" fill="url(#grass)"/>',
    '<polygon points="520,590 700,590 1200,900 200,900" fill="url(#road)"/>',
    '<polygon points="606,600 614,600 640,900 590,900" fill="#e8d76a"/>',
    '<rect x="390" y="380" width="22" height="480" fill="url(#metal)"/>',
    `<polygon points="${octagon(400, 300, 190)}" fill="#fff"/><polygon points="${octagon(400, 300, 178)}" fill="#bf1e2e"/>`,
    moved(258, 250, 1.42, stopLetters()),
  ),

  clock: drawing(1000, 1000, '<rect width="1000" height="1000" fill="url(#wall)"/>', moved(500, 500, 1, wallClock())),

  oranges: drawing(
    1200,
    900,
    '<rect width="1200" height="900" fill="url(#wall)"/><rect y="480" width="1200" height="420" fill="url(#wood)"/>',
    ...[orange(380, 560, 150), orange(890, 550, 140), orange(640, 600, 165)],
  ),

  kite: drawing(
    1200,
    900,
    '<rect width="1200" height="900" fill="url(#day)"/><rect y="780" width="1200" height="120" fill="url(#grass)"/>',
    '<path d="M650 470 Q760 660 520 880" stroke="#eee" stroke-width="3" fill="none"/>',
    moved(
      -150,
      -75,
      1.25,
      '<polygon points="560,150 720,280 640,470 470,310" fill="#d6342c"/>',
      '<polygon points="560,150 720,280 606,300" fill="#f3b62a"/><polygon points="606,300 720,280 640,470" fill="#2d62b5"/>',
      '<path d="M560 150 L640 470 M470 310 L720 280" stroke="#333" stroke-width="4"/>',
      '<path d="M640 470 q40 40 10 80 t20 80 t-10 70" stroke="#d6342c" stroke-width="7" fill="none"/>',
    ),
  ),

  umbrella: drawing(
    1200,
    900,
    '<rect width="1200" height="900" fill="#9fb0bd"/><rect y="640" width="1200" height="260" fill="#6d7780"/>',
    moved(600, 350, 1.4, umbrella()),
    repeat(120, i => `<path d="M${(i * 97) % 1200} ${(i * 233) % 900} l-8 34" stroke="#dfe8ee" stroke-width="2" opacity=".6"/>`),
  ),

  trafficLight: drawing(
    900,
    1200,
    '<rect width="900" height="1200" fill="url(#night)"/>',
    farAway(
      '<rect y="500" width="240" height="700" fill="#1d1f2b"/><rect x="680" y="380" width="220" height="820" fill="#171a26"/>',
      repeat(12, i => {
        const colour = i % 4 === 1 ? '#e8c46a' : '#2d3446'
        return `<rect x="${700 + (i % 3) * 62}" y="${430 + Math.floor(i / 3) * 110}" width="40" height="70" fill="${colour}"/>`
      }),
    ),
    '<rect y="1000" width="900" height="200" fill="#1b1c20"/>',
    moved(450, 420, 1, trafficLight('green')),
  ),

  desk: drawing(
    1200,
    900,
    '<rect width="1200" height="900" fill="url(#wall)"/><rect y="560" width="1200" height="340" fill="url(#wood)"/>',
    moved(1060, 110, 0.2, wallClock()),
    laptop(),
  ),

  vase: drawing(
    900,
    1200,
    '<rect width="900" height="1200" fill="url(#wall)"/><rect y="900" width="900" height="300" fill="url(#wood)"/>',
    '<g stroke="#3f7a2c" stroke-width="9" fill="none">',
    '<path d="M450 640 C440 500 380 420 330 330 M450 640 C455 480 450 380 460 270 M450 640 C470 500 540 430 590 360"/></g>',
    ...[flower(330, 320, '#e0457b'), flower(460, 260, '#f3b62a'), flower(590, 350, '#d6342c')],
    ...[flower(400, 420, '#fff'), flower(530, 440, '#c46bd0')],
    '<path d="M390 600 H510 C505 660 600 740 600 850 C600 960 530 1000 450 1000 C370 1000 300 960 300 850 ',
    'C300 740 395 660 390 600Z" fill="#3c6fa5"/>',
    '<path d="M350 760 C320 840 340 940 400 970" stroke="#fff" stroke-opacity=".4" stroke-width="22" fill="none"/>',
  ),
} as const

/** What moves through the video, and what it moves over. */
export const airplane = drawing(400, 220, moved(200, 110, 0.54, airliner()))
export const sky = drawing(
  640,
  480,
  '<rect width="640" height="480" fill="url(#day)"/><g fill="#fff" opacity=".75" filter="url(#soft)">',
  '<ellipse cx="120" cy="425" rx="90" ry="20"/><ellipse cx="165" cy="410" rx="50" ry="22"/><ellipse cx="560" cy="450" rx="95" ry="18"/></g>',
)

function house(x: number, width: number, height: number, colour: string): string {
  const ground = 600
  const top = ground - height
  const window = (share: number) =>
    `<rect x="${x + width * share}" y="${ground - height * 0.75}" width="${width * 0.25}" height="${height * 0.3}" ` +
    'fill="#5d7488" stroke="#eee" stroke-width="4"/>'
  return (
    `<rect x="${x}" y="${top}" width="${width}" height="${height}" fill="${colour}"/>` +
    `<polygon points="${x - 12},${top} ${x + width / 2},${top - width * 0.35} ${x + width + 12},${top}" fill="#7d3b2e"/>` +
    window(0.15) +
    window(0.6)
  )
}

function tree(x: number, y: number, scale: number): string {
  return moved(
    x,
    y,
    scale,
    '<rect x="-10" y="-60" width="20" height="80" fill="#5b4026"/><circle cy="-110" r="70" fill="#3c6b2f"/>',
    '<circle cx="-50" cy="-80" r="45" fill="#345f29"/><circle cx="50" cy="-85" r="50" fill="#477a38"/>',
  )
}

function stopLetters(): string {
  return (
    '<g fill="none" stroke="#fff" stroke-width="13"><path d="M38 12 C30 0 4 0 6 20 C8 40 40 32 38 56 C36 74 8 72 4 58"/>' +
    '<path d="M52 8 H96 M74 8 V72"/><rect x="112" y="8" width="34" height="58" rx="17"/>' +
    '<path d="M166 72 V8 H184 C204 8 204 40 184 40 H166"/></g>'
  )
}

/** Ten past ten, as in every shop window. */
function wallClock(): string {
  return (
    '<circle cx="15" cy="25" r="345" opacity=".3" filter="url(#soft)"/><circle r="345" fill="#3b2a1e"/>' +
    '<circle r="335" fill="#6b4a30"/><circle r="300" fill="#f7f3e8"/>' +
    repeat(60, i => {
      const [width, height] = i % 5 === 0 ? [16, 50] : [6, 18]
      return `<rect x="${-width / 2}" y="-285" width="${width}" height="${height}" fill="#222" transform="rotate(${i * 6})"/>`
    }) +
    '<rect x="-10" y="-180" width="20" height="200" rx="8" fill="#111" transform="rotate(305)"/>' +
    '<rect x="-7" y="-260" width="14" height="290" rx="6" fill="#111" transform="rotate(60)"/>' +
    '<rect x="-3" y="-270" width="5" height="320" fill="#c22" transform="rotate(190)"/><circle r="18" fill="#111"/>'
  )
}

function orange(x: number, y: number, radius: number): string {
  return (
    shadow(x + 20, y + radius * 0.9, radius, radius * 0.25) +
    `<circle cx="${x}" cy="${y}" r="${radius}" fill="url(#orange)"/>` +
    `<circle cx="${x + radius * 0.1}" cy="${y - radius * 0.75}" r="${radius * 0.08}" fill="#4c6b1e"/>`
  )
}

function umbrella(): string {
  return (
    '<path d="M-6 -10 V300 q0 50 45 50 t45 -45" stroke="#3a2a1c" stroke-width="13" fill="none"/>' +
    '<path d="M-260 40 A260 230 0 0 1 260 40 Q215 0 173 40 Q130 0 87 40 Q43 0 0 40 Q-43 0 -87 40 Q-130 0 -173 40 Q-215 0 -260 40Z" ' +
    'fill="#c4202f"/>' +
    '<path d="M-173 40 Q-150 -130 0 -190 M-87 40 Q-80 -120 0 -190 Q80 -120 87 40 M173 40 Q150 -130 0 -190" stroke="#000" stroke-opacity=".35" stroke-width="4" fill="none"/>' +
    '<rect x="-5" y="-215" width="10" height="30" fill="#222"/>'
  )
}

function trafficLight(lit: 'red' | 'yellow' | 'green'): string {
  const lamp = (name: typeof lit, y: number, on: string, off: string) =>
    (name === lit ? `<circle cy="${y}" r="75" fill="${on}" opacity=".25" filter="url(#soft)"/>` : '') +
    `<circle cy="${y}" r="50" fill="${name === lit ? on : off}"/>` +
    `<path d="M-56 ${y - 5} A56 56 0 0 1 56 ${y - 5} L50 ${y + 15} A50 50 0 0 0 -50 ${y + 15} Z" fill="#0a0b0c"/>`
  return (
    '<rect x="-12" y="150" width="24" height="700" fill="#3a3d40"/>' +
    '<rect x="-75" y="-190" width="150" height="390" rx="18" fill="#17191b"/>' +
    '<rect x="-66" y="-180" width="132" height="370" rx="12" fill="#26292c"/>' +
    lamp('red', -115, '#ff2a20', '#4a1512') +
    lamp('yellow', 5, '#ffc21a', '#4a3a10') +
    lamp('green', 125, '#27d65a', '#103c1d')
  )
}

function laptop(): string {
  return (
    '<rect x="300" y="240" width="600" height="380" fill="#2a2c2f"/><rect x="322" y="262" width="556" height="336" fill="#3c7fc0"/>' +
    '<rect x="380" y="310" width="300" height="200" fill="#f4f6f8"/>' +
    repeat(7, i => `<rect x="400" y="${345 + i * 22}" width="${160 + ((i * 53) % 100)}" height="8" fill="#8a97a5"/>`) +
    '<polygon points="300,620 900,620 1010,780 190,780" fill="#3b3d40"/><polygon points="340,635 860,635 910,710 290,710" fill="#44474b"/>' +
    repeat(52, i => {
      const [row, column] = [Math.floor(i / 13), i % 13]
      const x = 335 - row * 11 + column * (40 + row * 1.7)
      return `<rect x="${x.toFixed(1)}" y="${640 + row * 17}" width="34" height="13" rx="3" fill="#17181a"/>`
    }) +
    '<polygon points="510,722 690,722 705,768 495,768" fill="#5a5d61"/>' +
    '<polygon points="190,780 1010,780 1000,800 200,800" fill="#222"/>'
  )
}

function flower(x: number, y: number, colour: string): string {
  const petal = (i: number) =>
    `<ellipse cx="${x}" cy="${y - 40}" rx="24" ry="42" fill="${colour}" transform="rotate(${(i * 360) / 7} ${x} ${y})"/>`
  return `${repeat(7, petal)}<circle cx="${x}" cy="${y}" r="20" fill="#8a5a12"/>`
}

function airliner(): string {
  return (
    '<g transform="rotate(-12)">' +
    '<path d="M-300 0 C-300 -30 -260 -42 -200 -42 H220 C290 -42 330 -10 330 5 C330 30 270 42 200 42 H-150 C-240 42 -300 25 -300 0Z" ' +
    'fill="#f2f4f6"/><path d="M-300 0 C-300 20 -240 42 -150 42 H200 C270 42 330 25 330 5 L-300 5Z" fill="#c4cbd2"/>' +
    '<polygon points="-300,-10 -350,-130 -290,-130 -210,-40" fill="#1d4f91"/>' +
    '<polygon points="60,10 -90,190 -140,190 -50,10" fill="#a9b1b9"/><polygon points="30,-40 -60,-130 -95,-130 -40,-40" fill="#b9c0c7"/>' +
    '<polygon points="-230,5 -300,70 -330,70 -280,5" fill="#a9b1b9"/>' +
    repeat(18, i => `<rect x="${-190 + i * 22}" y="-18" width="10" height="13" rx="4" fill="#33475b"/>`) +
    '<path d="M285 -20 l30 10 l-10 6 h-28z" fill="#22303d"/></g>'
  )
}
