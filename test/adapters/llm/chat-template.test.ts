import {describe, expect, it} from 'vitest'
import {renderChat} from '../../../dist/adapters/llm/chat-template.js'

const TURNS = [
  {role: 'system', content: 'Be brief.'},
  {role: 'user', content: 'Hello'},
  {role: 'assistant', content: 'Hi!'},
  {role: 'user', content: 'A {{ joke }}?'},
]
const EDGES = {bos: '<s>', eos: '</s>'}

const CHATML =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
/** Whitespace and the end of a line beside a block do not count; `namespace`, `trim` and `loop` as real templates use them. */
const INDENTED = `
{%- set state = namespace(asked=0) %}
{{- bos_token }}
{%- for message in messages %}
    {%- if message.role == 'system' and loop.first %}
        {{- '[INST] ' + message.content | trim + '\\n' }}
    {%- elif message['role'] == 'user' %}
        {%- set state.asked = state.asked + 1 %}
        {{- ('' if state.asked == 1 else '[INST] ') ~ message.content ~ ' [/INST]' }}
    {%- else %}
        {{- ' ' + message.content + eos_token }}
    {%- endif %}
{%- endfor %}`
const STRICT =
  "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{{ messages[0]['content'] }}"

describe('a chat template', () => {
  it('makes the text that a model was trained on, and leaves what was said as it is', () => {
    expect(renderChat(CHATML, TURNS, EDGES)).toBe(
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\nHi!<|im_end|>\n' +
        '<|im_start|>user\nA {{ joke }}?<|im_end|>\n<|im_start|>assistant\n',
    )
    expect(renderChat(INDENTED, TURNS, EDGES)).toBe('<s>[INST] Be brief.\nHello [/INST] Hi!</s>[INST] A {{ joke }}? [/INST]')
    expect(renderChat('{{ bos_token }}|{{ eos_token }}', [], {bos: null, eos: null})).toBe('|')
  })

  it('knows the date, in English', () => {
    const today = new Date().toLocaleDateString('en', {month: 'short'})
    expect(renderChat("{{ strftime_now('%d %b %Y 100%%') }}", [], EDGES)).toMatch(new RegExp(`^\\d\\d ${today} \\d{4} 100%$`))
  })

  it('may refuse turns, and says why', () => {
    expect(renderChat(STRICT, TURNS.slice(1), EDGES)).toBe('Hello')
    expect(() => renderChat(STRICT, TURNS, EDGES)).toThrow(
      expect.objectContaining({code: 'USAGE', message: expect.stringContaining('System role not supported')}),
    )
  })

  it.each([
    ['is no Jinja', '{% for message in %}{{ message'],
    ['is a riddle of brackets', `{{ ${'('.repeat(100_000)}`],
    [
      'never ends',
      '{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}{{ c }}{% endfor %}{% endfor %}{% endfor %}',
    ],
    ['counts too far', '{{ range(100000000000) | length }}'],
    ['counts down too far', '{{ range(0, -100000000000, -1) | length }}'],
    ['counts in no steps', '{{ range(0, 1, 0) | length }}'],
    ['doubles a list', `{% set x = namespace(a=[1]) %}{% for i in range(60) %}{% set x.a = x.a + x.a %}{% endfor %}`],
    ['doubles a text', `{% set x = namespace(a='1') %}{% for i in range(60) %}{% set x.a = x.a + x.a %}{% endfor %}`],
  ])('is the fault of the model where it %s', (_, template) => {
    expect(() => renderChat(template, TURNS, EDGES)).toThrow(
      expect.objectContaining({code: 'MODEL_INVALID', message: expect.stringContaining('chat template')}),
    )
  })
})
