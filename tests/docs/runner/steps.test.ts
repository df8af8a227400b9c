// How a document is read.

import { describe, expect, test } from '@jest/globals';
import { portsIn } from './free-ports.ts';
import { stepsIn } from './steps.ts';

/** A document with one shell block, whose first command stands in line 4, below so many comments. */
function steps(commands: string, ...comments: readonly string[]) {
  return stepsIn(['Text.', ...comments, '```sh', commands, '```', 'More text.'].join('\n'));
}

const plain = { kind: 'command', exitCode: 0, terminal: 'the first' };

describe('A block of shell', () => {
  test('is its commands, one by one, each with its line', () => {
    expect(steps('a 1\n\n# about b\nb \\\n  --c\nfor n in 1 2; do\n  echo "$n"\ndone')).toEqual([
      { ...plain, line: 3, text: 'a 1' },
      { ...plain, line: 6, text: 'b \\\n  --c' },
      { ...plain, line: 8, text: 'for n in 1 2; do\n  echo "$n"\ndone' },
    ]);
  });

  test('may have a here-document, and quotes over several lines', () => {
    const texts = steps("cat <<'END'\na\nEND\necho 'b\nc'").map((step) => 'text' in step && step.text);
    expect(texts).toEqual(["cat <<'END'\na\nEND", "echo 'b\nc'"]);
  });

  test('that is no shell is refused with its line', () => {
    expect(() => steps('true\nif true; then')).toThrow('Line 4 is no complete shell command: if true; then');
  });
});

describe('What the comment beside a command promises is expected of it', () => {
  test.each([
    ['a   # fails: exit code 99', { exitCode: 99 }],
    ['a   # two more; nobody notices', { traffic: 'http://localhost:8080' }],
    ['a   # in another terminal', { terminal: 'another' }],
    ['a   # http://localhost:8080, until Ctrl-C', { ready: { address: 'http://localhost:8080' } }],
  ])('%s', (text, expected) => {
    expect(steps(text)).toEqual([{ ...plain, line: 3, text, ...expected }]);
  });

  test('and "until Ctrl-C" alone does not say when the next command can be typed', () => {
    expect(() => steps('a   # until Ctrl-C')).toThrow('Line 3: "until Ctrl-C" needs an address beside it');
  });
});

describe('A mark says what is different', () => {
  test.each([
    ['run: exits 3', { exitCode: 3 }],
    ['run: until "Listening"', { ready: { output: 'Listening' } }],
    ['run: until http://localhost:3001/x answers', { ready: { address: 'http://localhost:3001/x' } }],
    ['run: traffic', { traffic: 'http://localhost:8080' }],
    ['run: traffic at https://localhost:8443', { traffic: 'https://localhost:8443' }],
    ['run: in another terminal', { terminal: 'another' }],
  ])('<!-- %s -->', (mark, expected) => {
    expect(steps('a', `<!-- ${mark} -->`)).toEqual([{ ...plain, line: 4, text: 'a', ...expected }]);
  });

  test('several stand one below the other', () => {
    const [step] = steps('a', '<!-- run: in another terminal -->', '<!-- run: traffic -->');
    expect(step).toMatchObject({ terminal: 'another', traffic: 'http://localhost:8080' });
  });

  test('about one command of the block, which it names', () => {
    const marks = ['<!-- not run `b -c`: it takes\n  an hour -->', '<!-- run `a`: exits 1 -->'];
    expect(steps('a\nb -c   # long', ...marks)).toEqual([
      { ...plain, line: 6, text: 'a', exitCode: 1 },
      { kind: 'not run', line: 7, language: 'sh', text: 'b -c   # long', reason: 'it takes an hour' },
    ]);
    expect(() => steps('a', '<!-- run `b`: exits 1 -->')).toThrow('Line 4: the block has no command `b`.');
  });

  test('what has to be there before is run first', () => {
    expect(steps('a', '<!-- run first: b; c -->')).toEqual([
      { ...plain, line: 4, text: 'b; c' },
      { ...plain, line: 4, text: 'a' },
    ]);
  });

  test.each(['run: exits never', 'run: sometimes', 'run:', 'not run:', 'run first:', 'a remark', 'not run'])(
    'and is refused when it is not understood: <!-- %s -->',
    (text) => {
      expect(() => steps('a', `<!-- ${text} -->`)).toThrow(`<!-- ${text} --> is not understood. Expected`);
    },
  );

  test('and is refused where it does not stand directly above a block', () => {
    expect(() => steps('a', '<!-- run: traffic -->', '')).toThrow('Line 2: <!-- run: traffic --> belongs');
  });

  test('but not where a document shows how marks are written', () => {
    expect(stepsIn('```\n<!-- run: traffic -->\n```\nAs `<!-- not run: X -->` does.')).toEqual([]);
  });
});

describe('A block of another language', () => {
  const yaml = (...marks: readonly string[]) => stepsIn([...marks, '```yaml', 'a: 1', '```'].join('\n'));

  test('is a file, or there is a reason why not', () => {
    expect(yaml('<!-- run: file a/b.yml -->')).toEqual([
      { kind: 'file', line: 3, path: 'a/b.yml', content: 'a: 1\n' },
    ]);
    expect(yaml('<!-- not run: an excerpt -->')).toMatchObject([{ kind: 'not run', reason: 'an excerpt' }]);
    expect(() => yaml()).toThrow('Line 2: a block of yaml needs one of');
    expect(() => yaml('<!-- run: traffic -->')).toThrow('Line 3: a block of yaml needs one of');
  });

  test('needs nothing where it is a picture or what a program prints', () => {
    expect(stepsIn('```mermaid\nx\n```\n\n```\ny\n```')).toEqual([]);
  });
});

test('the ports that commands name are known before they are run', () => {
  const text = 'npm start -- --port 81\nb   # https://localhost:82, until Ctrl-C';
  expect(portsIn(steps(text))).toEqual([8080, 81, 82]);
  expect(portsIn(steps('a', '<!-- not run: too long -->'))).toEqual([]);
});
