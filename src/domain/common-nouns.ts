/**
 * Things that people photograph, film and record, in the singular. Only these lose a plural: a word that merely ends in s may be a name, a
 * place or a kind of music, and `james`, `las vegas` and `blues` must stay what they are.
 */
export const COMMON_NOUNS: ReadonlySet<string> = new Set(
  [
    'airplane animal ant ape apple arch artist athlete baby backpack bag baker ball balloon banana band barn basket bat bath bay beach bear bed bee',
    'beer bench berry bicycle bike bird birthday blossom board boat book bottle bowl box boy bridge brother bucket bug building bus bush butterfly',
    'cabin cable cafe cake camel camera camp camper candle canoe canyon car card carrot cart castle cat cave celebration cellphone chair cherry',
    'chicken child church cigarette city clock cloud coast coat computer concert cookie couch couple cousin cow coworker crab craft crane crocodile',
    'crowd cup cupcake cyclist dancer daughter deer desert dessert dinner dinosaur doctor document dog doll dolphin donkey donut door dragon drawing',
    'dress drink drum duck eagle egg elephant event exam eye face factory family fan farm farmer father fence ferry festival field film fire',
    'firework fish flag flame flower fly food foot forest fork fountain fox friend frog fruit game garden gate giraffe girl glove goat goose',
    'grandchild grandparent grape guest guitar hand handbag harbor harbour hat helicopter hill hiker hike holiday home horse hospital hotel house',
    'iceberg icon insect instrument island jacket jeep jet journey jungle kangaroo kayak kettle key kid king kite kitten knife lake lamp',
    'landscape lantern laptop leaf lecture leg lemon lesson letter library light lighthouse lion lizard lobster lunch machine magazine mammal man',
    'map market mask match meadow meal meeting melon meme microphone microwave mirror monitor monkey monument moon mosque mother motorbike motorcycle',
    'mountain mouse movie mug mural museum mushroom musician neighbour neighbor nephew nest niece night note notebook nurse ocean office onion',
    'orange orchid oven owl painting palace palm pan panda parade parent park parrot parrot party passenger path peach pear pen pencil penguin person',
    'pet phone photo photographer piano picture pig pigeon pillow pizza plane planet plant plate player playground poem police pond pony pool portrait',
    'poster pot potato present puppy purse pyramid queen rabbit raft rainbow ramp receipt recipe refrigerator reptile restaurant rhino rice ring',
    'river road robot rock rocket rollercoaster roof room rose ruin runner sail sailor sandwich scarf scene school scooter screenshot sculpture sea',
    'seal seashell selfie shark sheep shell ship shirt shoe shop shower sign singer sink sister skateboard skater skier sky skyline skyscraper',
    'smile snail snake snowboard snowflake snowman soldier son song sound sparrow speaker spider spoon sport squirrel stadium staircase star',
    'starfish station statue steak stone store storm strawberry stream street student suitcase sunflower sunrise sunset surfboard surfer swan',
    'sweater swimmer table teacher team teddy telephone television temple tent test theater theatre ticket tie tiger toaster toddler toe toilet',
    'tomato toothbrush tourist tower town toy track tractor traffic train tram travel tree trip truck trumpet tunnel turtle twin umbrella uncle',
    'valley van vase vegetable vehicle video view village vineyard violin volcano volunteer waffle walk wall watch waterfall wave wedding whale wheel',
    'wife window wine winner wolf woman wood worker workshop yacht yard zebra zoo',
  ].flatMap(line => line.split(' ')),
)
