/** Secrets: none of the environment's leaves the process, and nothing else is harmed by that. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretsOf } from '../src/redaction/environment.js';
import { Redactor } from '../src/redaction/redactor.js';
import { redact, redactLine, redactValue, registerSecrets } from '../src/redaction.js';

const KEY = 'sk-proj-Zq7RkT2mVx9LbN4cWd8HsJ6pYf3GaUe5KiOo1MnB';
const PASSWORD = 'pässwörd "quoted" \\ 100%';

registerSecrets({
  OPENAI_API_KEY: ` ${KEY} `,
  PGPASSWORD: PASSWORD,
  SIGNING_SECRET: '","a":1x9Q',
  DATABASE_URL: 'postgres://user:p%40ss/word-1@host:5432/db',
  OTHER_URL: 'postgresql://host/db?user=x&password=in-the-query&sslmode=off',
  HTTPS_PROXY: 'http://proxy-user:Tr0ub4dor3x@proxy.example:3128',
  MY_SERVICE: 'redis://:Zk8wQp2LvT@host',
  WEAK_PASSWORD: 'hunter2',
  ADMIN_PASSWORD: 'postgres',
  TINY_API_KEY: 'abc',
  GITHUB_TOKEN: '12345678',
  NOT_SO_NAMED: 'an ordinary word',
});

function knowing(...secrets: string[]): Redactor {
  const redactor = new Redactor();
  for (const secret of secrets) {
    redactor.add(secret);
  }
  return redactor;
}

/** No eight characters in a row of the random part of the key are left, whatever stands between them. */
function assertGone(text: string, spelled = KEY): void {
  const bones = text.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase();
  const random = spelled.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase();
  for (let at = 0; at + 8 <= random.length; at += 1) {
    assert.ok(!bones.includes(random.slice(at, at + 8)), text);
  }
  assert.ok(text.includes('[redacted]'), text);
}

const bytes = Buffer.from(KEY);
const each = (spell: (character: string, code: number) => string, text = KEY): string =>
  [...text].map((one) => spell(one, one.charCodeAt(0))).join('');

const SPELLINGS: Record<string, string> = {
  'as it is': KEY,
  'in capitals': KEY.toUpperCase(),
  'percent-encoded': each((_, code) => `%${code.toString(16)}`),
  'percent-encoded in capitals': each((_, code) => `%${code.toString(16).toUpperCase()}`),
  'percent-encoded twice': each((_, code) => `%25${code.toString(16)}`),
  'percent-encoded in part': KEY.replaceAll('-', '%2D').replaceAll('Z', '%5a'),
  'in JSON escapes': each((_, code) => `\\u00${code.toString(16)}`),
  'in JSON within JSON': each((_, code) => `\\\\u00${code.toString(16)}`),
  'in escapes of code points': each((_, code) => `\\u{${code.toString(16)}}`),
  'in hexadecimal escapes': each((_, code) => `\\x${code.toString(16)}`),
  'in decimal entities': each((_, code) => `&#${code};`),
  'in hexadecimal entities': each((_, code) => `&#x${code.toString(16)};`),
  'in entities that were escaped': each((_, code) => `&amp;#${code};`),
  'in entities within JSON': each((_, code) => `\\u0026#${code};`),
  'percent-encoded within JSON': each((_, code) => `\\u0025${code.toString(16)}`),
  hexadecimal: bytes.toString('hex'),
  'hexadecimal in capitals': bytes.toString('hex').toUpperCase(),
  'hexadecimal with colons': bytes.toString('hex').replaceAll(/..(?=.)/g, '$&:'),
  'as a dump of bytes': bytes.toString('hex').replaceAll(/..(?=.)/g, '$& '),
  base64: bytes.toString('base64'),
  base64url: bytes.toString('base64url'),
  'base64 in lines': bytes.toString('base64').replaceAll(/.{20}/g, '$&\r\n'),
  'base64 behind a user': Buffer.from(`u:${KEY}`).toString('base64'),
  'base64 behind two letters': Buffer.from(`xy${KEY}`).toString('base64'),
  'with blanks every four characters': KEY.replaceAll(/.{4}/g, '$& '),
  'with dashes every two characters': KEY.replaceAll(/.{2}/g, '$&-'),
  'with line ends every ten characters': KEY.replaceAll(/.{10}/g, '$&\n'),
  'with invisible separators': KEY.replaceAll(/.{5}/g, '$&\u200b'),
  'in a list of characters': JSON.stringify([...KEY]),
  'its first half': KEY.slice(0, 28),
  'its last half': KEY.slice(-20),
  'eight characters of it': KEY.slice(20, 28),
};

// attack (provider): an error text repeats the key in another spelling, so that no filter knows it
for (const [how, spelled] of Object.entries(SPELLINGS)) {
  test(`a key that comes back ${how} is taken out of what is quoted`, () => {
    for (const text of [spelled, `before ${spelled} after`, `{"message":"wrong key '${spelled}'."}`]) {
      const clean = redact(text);
      assertGone(clean);
      assertGone(clean, bytes.toString('hex').slice(16));
      assertGone(clean, bytes.toString('base64').slice(12, -4));
    }
    assert.match(redact(`before ${spelled} after`), /^before .* after$/s);
  });
}

const first = KEY.slice(0, 12);
const last = KEY.slice(-4);

// attack (provider): an error text shows the first and the last characters of the key
test('the ends of a key around dots, stars or other masks are taken out of what is quoted', () => {
  for (const mask of ['...', '..', '…', '••••', '****', '##########', '____', 'xxxxxxxx', 'XXXX', '-----']) {
    for (const shown of [`${first}${mask}${last}`, `${KEY.slice(0, 3)}${mask}${last}`, `${mask}${last}`]) {
      assert.equal(redact(`key (${shown}) is wrong`), 'key ([redacted]) is wrong', shown);
    }
    assert.equal(redact(`key (${first}${mask}) is wrong`), 'key ([redacted]) is wrong', mask);
  }
  assert.equal(redact('whoever’s: sk-ab****yz'), 'whoever’s: [redacted]');
});

test('dots, dashes and stars of ordinary text hide nothing', () => {
  for (const text of [
    'and so on... or not',
    'wait...what',
    'a * b, 2 ** 3',
    'turn 3: cut off (length)',
    '--------',
    'see https://api.openai.com/v1/models',
    'basic information, and bearer shares',
    'task-based risk-benefit',
    'postgres://alice@host/db',
  ]) {
    assert.equal(redact(text), text);
  }
});

test('passwords are taken out in every spelling in which they may come back', () => {
  const ascii = JSON.stringify(PASSWORD).replaceAll('ä', '\\u00e4').replaceAll('ö', '\\u00f6').slice(1, -1);
  for (const spelling of [
    PASSWORD,
    JSON.stringify(PASSWORD).slice(1, -1),
    JSON.stringify(JSON.stringify(PASSWORD)).slice(3, -3),
    ascii,
    encodeURIComponent(PASSWORD),
    encodeURIComponent(PASSWORD).replaceAll('%20', '+'),
    PASSWORD.replaceAll('"', '&quot;'),
    'p%40ss/word-1',
    'p@ss/word-1',
    'in-the-query',
    'Tr0ub4dor3x',
    'Zk8wQp2LvT',
  ]) {
    assert.equal(redact(`before ${spelling} after ${spelling}`), 'before [redacted] after [redacted]', spelling);
  }
});

test('what looks like a credential is taken out of what is quoted, whoever’s it is', () => {
  for (const [text, clean] of [
    ['Authorization: Bearer abc.def-123', 'Authorization: Bearer [redacted]'],
    ['Basic dXNlcjpwYXNz', 'Basic [redacted]'],
    ['sk-another-key-of-somebody', '[redacted]'],
    ['xai-abcdefgh12345678, AIzaSyA-1234567890abcdef', '[redacted], [redacted]'],
    ['GET /x?key=abc123&x=1', 'GET /x?key=[redacted]&x=1'],
    ['at postgres://u:abc@host/x now', 'at postgres://u:[redacted]@host/x now'],
    ['postgres://never:seen-before@host', 'postgres://never:[redacted]@host'],
    ['proxy http://token-of-mine@proxy:3128', 'proxy http://[redacted]@proxy:3128'],
    ['https://token:@host/x', 'https://[redacted]:@host/x'],
  ] as const) {
    assert.equal(redact(text), clean);
  }
  const harmless = 'https://host:8080/a@b, https://host/x?y=a:b@c';
  assert.equal(redact(harmless), harmless);
});

const WEAK: [secret: string, text: string][] = [
  ['postgres', 'PostgreSQL, called postgres for short'],
  ['anything', 'I would not do anything like that'],
  ['password', 'Should a friend share her password?'],
  ['Password1', 'Password1 is a bad password'],
  ['changeme123', 'the default is changeme123'],
  ['hunter2', 'hunter2 is a joke'],
  ['sk-1234', 'sk-1234'],
  ['your-api-key-here', 'write your-api-key-here'],
  ['xxxxxxxxxxxxxxxxxxxx', 'xxxxxxxxxxxxxxxxxxxx'],
  ['12345678', 'call 12345678'],
  ['well-known', 'a well-known case'],
  ['парольпароль', 'парольпароль'],
  ['deepseek-chat', 'deepseek-chat says'],
  ['success', 'a success'],
  ['test', 'a test'],
  ['', 'nothing'],
];

for (const [secret, text] of WEAK) {
  test(`a secret such as "${secret}" edits no answer, no name and no result`, () => {
    const weak = knowing(secret);
    assert.equal(weak.answer(text), text);
    assert.equal(weak.name(text), text);
    assert.equal(weak.message(text).replace('[redacted]', secret), text);
    assert.equal(weak.holds(text), false);
  });
}

for (const secret of [
  'Tr0ub4dor&3',
  'correct-horse-battery-staple',
  'sk-1a2B3c4D',
  '9f8e7d6c5b4a',
  'prod-8271',
  'a1b2c3d4',
]) {
  test(`a secret such as "${secret}" stands in no text, however short or wordy it is`, () => {
    const strong = knowing(secret);
    for (const clean of [
      strong.answer(`is ${secret}.`),
      strong.quotation(`is ${secret}.`),
      strong.name(`is ${secret}.`),
    ]) {
      assert.equal(clean, 'is [redacted].');
    }
    const token = Buffer.from(`u:${secret}!`).toString('base64');
    if (secret.length > 12) {
      assert.notEqual(strong.answer(token), token);
    }
    assert.equal(strong.holds(`is ${secret}.`), true);
  });
}

test('an answer survives byte for byte what is a whole secret’s part, look-alike or likeness', () => {
  const known = knowing(KEY, 'correct-horse-battery-staple');
  for (const text of [
    `**bold** sk-something-else ${KEY.slice(0, 20)} ... ${last} end`,
    'a correct horse, battery & staple; correct horse battery staple',
    'postgres://u:pw@host, Bearer abc123, ?key=1',
    '%41 \\u0041 &amp; + \u0000 \ud800',
  ]) {
    assert.equal(known.answer(text), text);
  }
  assert.equal(known.answer(`a ${KEY} b`), 'a [redacted] b');
  assert.equal(known.answer(`a ${encodeURIComponent(`"${KEY}`)} b`), 'a %22[redacted] b');
});

test('a weak secret goes where somebody is quoted, as a word of its own; a stock default goes nowhere', () => {
  assert.equal(redact('hunter2, hunter22, my-hunter2'), '[redacted], hunter22, my-hunter2');
  assert.equal(redact('abc, abcdef'), '[redacted], abcdef');
  assert.equal(redact('role postgres, port 12345678'), 'role postgres, port 12345678');
  assert.equal(redact('an ordinary word'), 'an ordinary word');
});

test('the names of models and the words in a key are shown, though a key is named after them', () => {
  const known = knowing('gw-claude-sonnet-4-5-x8Kd92mQ', 'simulated-anthropic-key', 'sk-proj-mistral-large-Zq81Lm0p');
  for (const text of ['claude-sonnet-4-5-20250929 of anthropic', 'mistral-large-latest', 'one of openai, anthropic']) {
    assert.equal(known.quotation(text), text);
  }
  assert.equal(known.quotation('set XAI_API_KEY or XAI_BASE_URL'), 'set XAI_API_KEY or XAI_BASE_URL');
  assert.equal(known.quotation('the key simulated-anthropic-key'), 'the key [redacted]');
});

// attack (reader): a token of a proxy, a gateway or a URL is looked for in what the handler says
test('secrets are found in every form in which an environment holds them', () => {
  const token = 'Zq7RkT2mVx9LbN4cWd8H';
  for (const [name, value, ...secrets] of [
    ['OPENAI_API_KEY', `"${token}"`, `"${token}"`, token],
    ['OPENAI_API_KEY', `Bearer ${token}`, `Bearer ${token}`, token],
    ['OPENAI_API_KEY', 'ollama'],
    ['HTTPS_PROXY', `user:${token}@proxy:3128`, token, token],
    ['https_proxy', `${token}@proxy:3128`, token, token],
    ['ALL_PROXY', `socks5h://${token}@proxy:1080`, token, token],
    ['HTTP_PROXY', `http://${token}:x@proxy:3128`, 'x', 'x', token, token],
    ['HTTP_PROXY', 'proxy.example:3128'],
    ['NO_PROXY', 'a@b,127.0.0.1'],
    ['DATABASE_URL', 'postgres://alice@host/db'],
    ['DATABASE_URL', 'postgres://u:p%2Fw@host/db?sslpassword=s%20x', 'p%2Fw', 'p/w', 's%20x', 's x'],
    ['OPENAI_BASE_URL', `https://gateway.example/v1/${token}/openai`, token],
    ['OPENAI_BASE_URL', 'https://gateway.example/openai-compatible/v1'],
    [
      'PROBE_OPENAI_HEADERS',
      `{"x-key": "${token}", "n": 5, "Authorization": "Bearer t"}`,
      token,
      token,
      'Bearer t',
      't',
    ],
    ['PROBE_OPENAI_HEADERS', 'no JSON'],
    ['PATH', '/usr/bin:/bin'],
  ] as const) {
    assert.deepEqual(secretsOf({ [name]: value }), secrets, `${name}=${value}`);
  }
});

test('within JSON only texts change, each by what its field holds', () => {
  const value = {
    success: true,
    count: 12345678,
    nested: [{ message: `no ${KEY}`, details: 'by hunter2', targetResponse: `hunter2 ${last}`, text: 'x","a":1x9Qy' }],
    requestId: `r-${KEY.slice(10, 20)}`,
    version: `v-${KEY.slice(10, 20)}`,
    versions: [{ value: `v-${KEY.slice(10, 20)}`, transcripts: 3 }],
    none: null,
  };
  assert.deepEqual(redactValue(value), {
    success: true,
    count: 12345678,
    nested: [
      { message: 'no [redacted]', details: 'by [redacted]', targetResponse: `hunter2 ${last}`, text: 'x[redacted]y' },
    ],
    requestId: '[redacted]',
    version: '[redacted]',
    versions: [{ value: '[redacted]', transcripts: 3 }],
    none: null,
  });
  assert.equal(value.nested[0]?.message, `no ${KEY}`);
});

test('a log line stays one line of JSON, whatever is taken out of it, and keeps the IDs of its job', () => {
  const said = {
    time: 1234567812345678,
    msg: 'hunter2',
    modelId: 'hunter2',
    err: { message: 'hunter2' },
    a: '","a":1x9Q',
  };
  const clean = redactLine(`${JSON.stringify(said)}\n`);
  assert.ok(clean.endsWith('}\n'));
  assert.deepEqual(JSON.parse(clean), { ...said, err: { message: '[redacted]' }, a: '[redacted]' });
  const harmless = '{"msg": "nothing"}\n';
  assert.equal(redactLine(harmless), harmless);
  assert.equal(redactLine(`no JSON: ${KEY}`), 'no JSON: [redacted]');
});
