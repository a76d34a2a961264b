import { describe, expect, it } from 'vitest';
import { checkAlertTemplate, expandAlertTemplate } from './template.ts';

const env = {
  query: (expr: string) =>
    Promise.resolve(
      expr === 'two'
        ? [
            { labels: { instance: 'b' }, value: 1234567 },
            { labels: { instance: 'a' }, value: 2 },
          ]
        : [],
    ),
  now: 100,
  externalUrl: 'http://host/prefix',
};

function expand(text: string, value = 0.5): Promise<string> {
  return expandAlertTemplate(
    text,
    { labels: { instance: 'h.example:90', job: 'j' }, value, externalLabels: { dc: 'x' } },
    env,
  );
}

describe('alert templates', () => {
  it.each([
    ['no braces', 'no braces'],
    ['{{ $labels.instance }} is {{ $value }}', 'h.example:90 is 0.5'],
    ['{{ .Labels.job }}-{{ .ExternalLabels.dc }}{{ $labels.missing }}', 'j-x'],
    ['a {{- " b " -}} c', 'a b c'],
    ['{{/* note */}}x', 'x'],
    ['{{ if gt $value 0.4 }}high{{ else if gt $value 0.1 }}mid{{ else }}low{{ end }}', 'high'],
    ['{{ with $x := $labels.job }}{{ $x }}{{ . }}{{ end }}', 'jj'],
    [
      '{{ range query "two" | sortByLabel "instance" }}{{ .Labels.instance }}={{ .Value }};{{ end }}',
      'a=2;b=1.234567e+06;',
    ],
    ['{{ range query "none" }}x{{ else }}empty{{ end }}', 'empty'],
    [
      '{{ range $i, $s := query "two" }}{{ $i }}{{ $s | label "instance" }}{{ if eq $i 0 }}{{ break }}{{ end }}{{ end }}',
      '0b',
    ],
    ['{{ query "two" | first | value | humanize }}', '1.235M'],
    ['{{ printf "%.2f|%5s|%-5s|%d|%q" 1.005 "ab" "cd" 7 "x\\ny" }}', '1.00|   ab|cd   |7|"x\\ny"'],
    ['{{ $labels.instance | stripPort }} {{ $labels.instance | stripDomain }}', 'h.example h:90'],
    ['{{ "a b&c" | urlQueryEscape }} {{ "hello world" | title }}', 'a+b%26c Hello World'],
    ['{{ reReplaceAll "(.*):(.*)" "$2-$1" $labels.instance }} {{ match "^h" $labels.instance }}', '90-h.example true'],
    ['{{ define "t" }}<{{ . }}>{{ end }}{{ template "t" $labels.job }}', '<j>'],
    ['{{ len "abc" }} {{ index $labels "job" }} {{ and true "x" }} {{ or "" "y" }} {{ not true }}', '3 j x y false'],
    ['{{ (query "two" | first).Value }}', '1.234567e+06'],
    ['{{ pathPrefix }} {{ externalURL }} {{ now }}', '/prefix http://host/prefix 100'],
  ])('%s', async (text, want) => {
    expect(await expand(text)).toBe(want);
  });

  it.each([
    [0, '0', '0', '0s', '0%'],
    [1, '1', '1', '1s', '100%'],
    [1234567, '1.235M', '1.177Mi', '14d 6h 56m 7s', '1.235e+08%'],
    [0.0125, '12.5m', '0.0125', '12.5ms', '1.25%'],
    [-3700, '-3.7k', '-3.613ki', '-1h 1m 40s', '-3.7e+05%'],
    [45.678, '45.68', '45.68', '45.68s', '4568%'],
  ])('humanizes %s', async (value, plain, binary, duration, percentage) => {
    const text =
      '{{ humanize $value }},{{ humanize1024 $value }},{{ humanizeDuration $value }},{{ humanizePercentage $value }}';
    expect(await expand(text, value)).toBe([plain, binary, duration, percentage].join());
  });

  it('tells of errors in the text', async () => {
    expect(await expand('{{ first (query "none") }}')).toContain(
      '<error expanding template: first() called on vector with no elements>',
    );
    expect(await expand('{{ lt $value 1 }}')).toContain('incompatible types for comparison');
  });

  it.each([
    ['{{ $foo }}', 'undefined variable "$foo"'],
    ['{{ nosuch 1 }}', 'function "nosuch" not defined'],
    ['{{ if true }}', 'unexpected EOF'],
    ['{{ "abc }}', 'unterminated quoted string'],
    ['{{ end }}', 'unexpected {{end}}'],
    ['{{ .x', 'unclosed action'],
    ['{{ ( 1 }}', 'unclosed left paren'],
  ])('refuses %s', (text, message) => {
    expect(() => checkAlertTemplate(text)).toThrow(message);
  });
});
