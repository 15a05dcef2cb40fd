import {describe, expect, test} from 'vitest'
import {dateInFolders, dateInName} from '../../dist/domain/path-dates.js'

describe('dates in file names', () => {
  test.each([
    ['IMG_20190203_140506.jpg', '2019-02-03T14:05:06'],
    ['VID_20190203_140506.mp4', '2019-02-03T14:05:06'],
    ['PANO_20190203_140506.jpg', '2019-02-03T14:05:06'],
    ['MVIMG_20190203_140506.jpg', '2019-02-03T14:05:06'],
    ['20190203_140506.jpg', '2019-02-03T14:05:06'],
    ['20190203-140506(1).jpg', '2019-02-03T14:05:06'],
    ['20190203140506.jpg', '2019-02-03T14:05:06'],
    ['IMG_20190203_140506_1.jpg', '2019-02-03T14:05:06'],
    ['IMG_20190203_140506~2.jpg', '2019-02-03T14:05:06'],
    ['IMG_20190203_140506-edited.jpg', '2019-02-03T14:05:06'],
    ['00000IMG_00000_BURST20190203140506123_COVER.jpg', '2019-02-03T14:05:06'],
    ['DJI_20190203140506_0001_D.JPG', '2019-02-03T14:05:06'],
    ['PXL_20210102_030405678.jpg', '2021-01-02T03:04:05Z'],
    ['PXL_20210102_030405678.MP.jpg', '2021-01-02T03:04:05Z'],
    ['PXL_20210102_030405678.PORTRAIT.jpg', '2021-01-02T03:04:05Z'],
    ['IMG-20230914-WA0003.jpg', '2023-09-14'],
    ['VID-20230914-WA0012.mp4', '2023-09-14'],
    ['WhatsApp Image 2023-09-14 at 10.11.12.jpeg', '2023-09-14T10:11:12'],
    ['WhatsApp Image 2023-09-14 at 2.11.12 PM.jpeg', '2023-09-14T14:11:12'],
    ['Screenshot 2023-09-14 at 10.11.12.png', '2023-09-14T10:11:12'],
    ['Screenshot 2023-09-14 at 2.11.12\u202fPM.png', '2023-09-14T14:11:12'],
    ['Screen Shot 2019-02-03 at 12.05.06 AM.png', '2019-02-03T00:05:06'],
    ['Screen Shot 2019-02-03 at 12.05.06 PM 2.png', '2019-02-03T12:05:06'],
    ['Screenshot_20190203-140506.png', '2019-02-03T14:05:06'],
    ['Screenshot_20190203-140506_Chrome.jpg', '2019-02-03T14:05:06'],
    ['Screenshot_2019-02-03-14-05-06-123_com.app.png', '2019-02-03T14:05:06'],
    ['Screenshot from 2019-02-03 14-05-06.png', '2019-02-03T14:05:06'],
    ['Bildschirmfoto 2019-02-03 um 14.05.06.png', '2019-02-03T14:05:06'],
    ['Capture d’écran 2019-02-03 à 14.05.06.png', '2019-02-03T14:05:06'],
    ['signal-2021-03-04-101112.jpg', '2021-03-04T10:11:12'],
    ['signal-2021-03-04-10-11-12-123.jpg', '2021-03-04T10:11:12'],
    ['signal-2021-03-04-101112_002.jpeg', '2021-03-04T10:11:12'],
    ['photo_2019-02-03_14-05-06.jpg', '2019-02-03T14:05:06'],
    ['2019-02-03 14.05.06.jpg', '2019-02-03T14:05:06'],
    ['2019-02-03T14:05:06.jpg', '2019-02-03T14:05:06'],
    ['2019-02-03 birthday.jpg', '2019-02-03'],
    ['19450508 grandfather.tif', '1945-05-08'],
    ['birthday 03.02.2019.jpg', '2019-02-03'],
    ['2020_02_29.jpg', '2020-02-29'],
    ['IMG_20190203_256199.jpg', '2019-02-03'],
  ])('%s: %s', (name, at) => {
    expect(dateInName(name)).toBe(at)
  })

  test.each([
    'IMG_2041.JPG',
    'DSC01234.ARW',
    '000000022192.jpg',
    '12345678.jpg',
    '20191340.jpg',
    '20190230_140506.jpg',
    '2019.jpg',
    '1920x1080.png',
    '5f8d0d55b54764421b7156d9.jpg',
    '20190203140506123456789.jpg',
    'call 020 19020 3140.jpg',
    'beach.jpg',
  ])('%s: none', name => {
    expect(dateInName(name)).toBeUndefined()
  })
})

describe('dates in folder names', () => {
  test.each([
    ['Pictures/2019/2019-06 Greece', '2019-06'],
    ['Pictures/2019', '2019'],
    ['Pictures/2019/06', '2019-06'],
    ['Pictures/2019/06/03', '2019-06-03'],
    ['Pictures/2019/06 Greece', '2019-06'],
    ['Pictures/2019/06 Greece/03 Delphi', '2019-06-03'],
    ['Pictures/2019/2019_06_03', '2019-06-03'],
    ['Pictures/20190603 Greece', '2019-06-03'],
    ['Pictures/2019-06-03 - Greece/raw', '2019-06-03'],
    ['Takeout/Google Photos/Photos from 2019', '2019'],
    ['Pictures/Greece 2019', '2019'],
    ['Pictures/June 2019', '2019-06'],
    ['Pictures/2019/June', '2019-06'],
    ['Pictures/2019/Greece', '2019'],
    ['2019-06 Greece', '2019-06'],
  ])('%s: %s', (folder, at) => {
    expect(dateInFolders(folder)).toBe(at)
  })

  test.each([
    'Pictures',
    'Pictures/2010-2019',
    'Pictures/100CANON',
    'wallpapers/1920x1080',
    'Pictures/Blade Runner 2049 stills',
    '',
  ])('%s: none', folder => {
    expect(dateInFolders(folder)).toBeUndefined()
  })
})
