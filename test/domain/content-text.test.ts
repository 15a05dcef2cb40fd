import {describe, expect, test} from 'vitest'
import {contentText, sentenceOf} from '../../dist/domain/content-text.js'

describe('the sentence of a content', () => {
  test.each([
    ['IMG_2041.jpg', '', ''],
    ['DSCN0012.JPG', 'DCIM', ''],
    ['1622619190_d0b51aff28.jpg', '', ''],
    ['20190203_140506.mp4', '100CANON', ''],
    ['sunset at the sea.jpg', 'Iceland 2019', 'sunset at the sea Iceland'],
    ['GrandCanyon-03.jpg', '', 'Grand Canyon'],
    ['IMG_2041.jpg', '2019/birthday party', 'birthday party'],
  ])('%j in %j says %j', (name, folder, sentence) => {
    expect(sentenceOf([{name, folder}], {})).toBe(sentence)
  })

  test('takes in what the file says of itself', () => {
    const facts = {title: 'Long Drive', artist: 'Yann', genre: 'Folk', keywords: ['road', 'rain']}
    expect(sentenceOf([{name: '04.flac', folder: ''}], facts)).toBe('Long Drive Yann Folk road rain')
  })

  test('passes over titles that are counters, and folders that everybody has', () => {
    expect(sentenceOf([{name: 'a.jpg', folder: 'Pictures'}], {title: 'P6260031', keywords: ['2010']})).toBe('')
  })
})

describe('the text of a content', () => {
  test('names the month it was captured in', () => {
    const {metadata} = contentText([], {captured: {at: '2019-02-03T14:05:06', source: 'exif'}})
    expect(metadata).toBe('2019 February')
  })

  test('trusts no time of the file system', () => {
    expect(contentText([], {captured: {at: '2019-02-03T14:05:06', source: 'mtime'}}).metadata).toBe('')
  })

  test('holds every place a content was seen at', () => {
    const text = contentText(
      [
        {name: 'a.jpg', folder: 'x'},
        {name: 'b.jpg', folder: 'x'},
      ],
      {},
    )
    expect(text).toMatchObject({name: 'a.jpg b.jpg', folder: 'x'})
  })
})
