import {MEDIA_KINDS, type FileFormat, type MediaKind} from '../../domain/media.js'

/** One row a format: its name, its MIME type, and the extensions it goes by, the usual one first. */
const ROWS: Record<MediaKind, string> = {
  photo: `
    jpeg image/jpeg jpg jpeg jpe jfif mpo
    png image/png png apng
    gif image/gif gif
    webp image/webp webp
    tiff image/tiff tif tiff
    heic image/heic heic heics hif
    heif image/heif heif heifs
    avif image/avif avif avifs
    jxl image/jxl jxl
    jp2 image/jp2 jp2 j2c j2k jpc jpf jpm jpx
    jls image/jls jls
    bmp image/bmp bmp dib
    ico image/x-icon ico
    psd image/vnd.adobe.photoshop psd
    tga image/x-tga tga
    pcx image/x-pcx pcx
    pnm image/x-portable-anymap pnm pbm pgm ppm pam
    cr2 image/x-canon-cr2 cr2
    cr3 image/x-canon-cr3 cr3
    crw image/x-canon-crw crw
    nef image/x-nikon-nef nef nrw
    arw image/x-sony-arw arw sr2 srf
    dng image/x-adobe-dng dng
    orf image/x-olympus-orf orf
    rw2 image/x-panasonic-rw2 rw2 rwl
    raf image/x-fujifilm-raf raf
    pef image/x-pentax-pef pef
    srw image/x-samsung-srw srw
    erf image/x-epson-erf erf
    kdc image/x-kodak-kdc kdc
    dcr image/x-kodak-dcr dcr
    mef image/x-mamiya-mef mef
    mos image/x-leaf-mos mos
    iiq image/x-phaseone-iiq iiq
    3fr image/x-hasselblad-3fr 3fr
    mrw image/x-minolta-mrw mrw
    x3f image/x-sigma-x3f x3f`,
  video: `
    mp4 video/mp4 mp4 m4v f4v
    mov video/quicktime mov qt
    mkv video/matroska mkv mk3d
    webm video/webm webm
    avi video/vnd.avi avi
    mpg video/mpeg mpg mpeg mpe m2v vob
    mts video/mp2t mts m2ts m2t ts
    wmv video/x-ms-asf wmv asf
    flv video/x-flv flv
    3gp video/3gpp 3gp
    3g2 video/3gpp2 3g2
    ogv video/ogg ogv ogm ogx
    mxf application/mxf mxf
    mj2 video/mj2 mj2
    rm application/vnd.rn-realmedia rm rmvb
    h264 video/h264 h264 264 avc
    hevc video/h265 h265 265 hevc`,
  audio: `
    mp3 audio/mpeg mp3 mp2 mp1 mpga
    flac audio/flac flac
    wav audio/wav wav
    ogg audio/ogg ogg oga
    opus audio/ogg opus
    spx audio/ogg spx
    m4a audio/mp4 m4a m4b m4p f4a
    aac audio/aac aac adts
    aiff audio/aiff aif aiff aifc
    wma audio/x-ms-asf wma
    mka audio/matroska mka
    weba audio/webm weba
    ape audio/ape ape
    wv audio/wavpack wv
    mpc audio/x-musepack mpc
    tta audio/x-tta tta
    dsf audio/x-dsf dsf
    dff audio/x-dff dff
    amr audio/amr amr
    ac3 audio/vnd.dolby.dd-raw ac3
    caf audio/x-caf caf
    au audio/basic au
    voc audio/x-voc voc
    qcp audio/qcelp qcp`,
}

const byName = new Map<string, FileFormat>()
const byExtension = new Map<string, FileFormat>()
for (const kind of MEDIA_KINDS) {
  for (const row of ROWS[kind].trim().split('\n')) {
    const [format = '', mime = '', ...extensions] = row.trim().split(' ')
    byName.set(format, {kind, format, mime})
    for (const extension of extensions) byExtension.set(extension, {kind, format, mime})
  }
}

/** RAW formats that are TIFF by their first bytes: there the name decides. */
const TIFF_RAW = new Set('nef arw dng pef srw erf kdc dcr mef mos iiq 3fr'.split(' '))

/** Extensions that TypeScript sources share: alone they are no promise of media. */
const SHARED = new Set(['ts', 'mts'])

/** The format of that name, as `signatureOf` gives it. */
export function formatNamed(name: string): FileFormat | undefined {
  return byName.get(name)
}

/** The format that goes by an extension, given in lower case without its dot. */
export function formatOfExtension(extension: string): FileFormat | undefined {
  return byExtension.get(extension)
}

/** Whether a file of that extension that holds something else is worth telling. */
export function promisesMedia(extension: string): boolean {
  return byExtension.has(extension) && !SHARED.has(extension)
}

export function isTiffRaw(format: string): boolean {
  return TIFF_RAW.has(format)
}
