import type {Places} from '../../domain/ports/host.js'

/** Country names from coordinates, by the boundaries that come with `@rapideditor/country-coder`: nothing is asked of a network. */
export function openPlaces(): Places {
  return {
    async namesOf({latitude, longitude}) {
      const {feature} = await import('@rapideditor/country-coder')
      const country = feature([longitude, latitude])?.properties.nameEn
      return country == null ? [] : [country]
    },
  }
}
