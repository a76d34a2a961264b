import { TsanosError } from '@tsanos/bytes';
import { parseSignedDuration } from '@tsanos/model';
import { type SeriesValue, parseMetric, parseSeriesDescription } from '@tsanos/promql';
import type { Node } from 'yaml';
import { YamlReader } from './yaml-reader.ts';

export interface ExpectedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface AlertTest {
  /** After the start of the test, in ms. */
  readonly evalTime: number;
  readonly alertname: string;
  readonly expected: readonly ExpectedAlert[];
}

export interface ExpectedSample {
  readonly labels: readonly (readonly [string, string])[];
  /** A number, or a histogram in the notation of scripts. */
  readonly value: SeriesValue;
}

export interface ExprTest {
  readonly expr: string;
  readonly evalTime: number;
  readonly expected: readonly ExpectedSample[];
}

export interface InputSeries {
  readonly labels: readonly (readonly [string, string])[];
  readonly values: readonly SeriesValue[];
}

/** One test of a file; times in ms. */
export interface RuleTest {
  readonly name: string;
  readonly interval: number;
  readonly start: number;
  readonly series: readonly InputSeries[];
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
  readonly alerts: readonly AlertTest[];
  readonly exprs: readonly ExprTest[];
}

export interface RuleTestFile {
  readonly ruleFiles: readonly string[];
  readonly evaluationInterval: number;
  readonly groupEvalOrder: readonly string[];
  /** Floats may differ in the last bit. */
  readonly fuzzy: boolean;
  readonly tests: readonly RuleTest[];
}

const FILE_FIELDS = new Set(['rule_files', 'evaluation_interval', 'group_eval_order', 'fuzzy_compare', 'tests']);
const TEST_FIELDS = new Set([
  'name',
  'interval',
  'start_timestamp',
  'input_series',
  'external_labels',
  'external_url',
  'alert_rule_test',
  'promql_expr_test',
]);
const SERIES_FIELDS = new Set(['series', 'values']);
const ALERT_FIELDS = new Set(['eval_time', 'alertname', 'exp_alerts']);
const EXPECTED_ALERT_FIELDS = new Set(['exp_labels', 'exp_annotations']);
const EXPR_FIELDS = new Set(['expr', 'eval_time', 'exp_samples']);
const SAMPLE_FIELDS = new Set(['labels', 'value', 'histogram']);
const MINUTE = 60_000;

/** Reads a file of rule tests in promtool's format. Throws a bad-input error. */
export function parseTestFile(text: string): RuleTestFile {
  const reader = new TestReader(text);
  const file = reader.file();
  reader.finish();
  return file;
}

class TestReader extends YamlReader {
  file(): RuleTestFile {
    const fields = this.fields(this.root, FILE_FIELDS, 'main.unitTestFile');
    const evaluationInterval = this.#duration(fields.get('evaluation_interval'), MINUTE);
    return {
      ruleFiles: this.list(fields.get('rule_files'), 'string').map((node) => this.text(node)),
      evaluationInterval,
      groupEvalOrder: this.list(fields.get('group_eval_order'), 'string').map((node) => this.text(node)),
      fuzzy: this.text(fields.get('fuzzy_compare')) === 'true',
      tests: this.list(fields.get('tests'), 'main.testGroup').map((node) => this.#test(node, evaluationInterval)),
    };
  }

  #duration(node: Node | undefined, absent = 0): number {
    const text = this.text(node);
    if (text === '') return absent;
    return this.#guard(node, absent, () => parseSignedDuration(text));
  }

  #guard<R>(node: Node | undefined, absent: R, read: () => R): R {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof TsanosError)) throw error;
      this.problem(node, error.message);
      return absent;
    }
  }

  #test(node: Node, evaluationInterval: number): RuleTest {
    const fields = this.fields(node, TEST_FIELDS, 'main.testGroup');
    return {
      name: this.text(fields.get('name')),
      interval: this.#duration(fields.get('interval'), evaluationInterval),
      start: this.#start(fields.get('start_timestamp')),
      series: this.list(fields.get('input_series'), 'main.series').map((item) => this.#series(item)),
      externalLabels: this.texts(fields.get('external_labels')),
      externalUrl: this.text(fields.get('external_url')),
      alerts: this.list(fields.get('alert_rule_test'), 'main.alertTestCase').map((item) => this.#alert(item)),
      exprs: this.list(fields.get('promql_expr_test'), 'main.promqlTestCase').map((item) => this.#expr(item)),
    };
  }

  /** Unix seconds or RFC 3339. */
  #start(node: Node | undefined): number {
    const text = this.text(node);
    if (text === '') return 0;
    const ms = /^-?[0-9.]+$/.test(text) ? Math.round(Number(text) * 1000) : Date.parse(text);
    if (Number.isNaN(ms)) this.problem(node, `cannot parse ${JSON.stringify(text)} as Unix seconds or RFC 3339`);
    return Number.isNaN(ms) ? 0 : ms;
  }

  #series(node: Node): InputSeries {
    const fields = this.fields(node, SERIES_FIELDS, 'main.series');
    const text = `${this.text(fields.get('series'))} ${this.text(fields.get('values'))}`;
    return this.#guard(node, { labels: [], values: [] }, () => parseSeriesDescription(text));
  }

  #alert(node: Node): AlertTest {
    const fields = this.fields(node, ALERT_FIELDS, 'main.alertTestCase');
    const alertname = this.text(fields.get('alertname'));
    if (alertname === '') this.problem(node, 'an item under alert_rule_test misses required attribute alertname');
    const expected = this.list(fields.get('exp_alerts'), 'main.alert').map((item) => {
      const alert = this.fields(item, EXPECTED_ALERT_FIELDS, 'main.alert');
      const labels = { ...this.texts(alert.get('exp_labels')), alertname };
      return { labels, annotations: this.texts(alert.get('exp_annotations')) };
    });
    return { evalTime: this.#duration(fields.get('eval_time')), alertname, expected };
  }

  #expr(node: Node): ExprTest {
    const fields = this.fields(node, EXPR_FIELDS, 'main.promqlTestCase');
    const expected = this.list(fields.get('exp_samples'), 'main.sample').map((item) => this.#sample(item));
    return { expr: this.text(fields.get('expr')), evalTime: this.#duration(fields.get('eval_time')), expected };
  }

  #sample(node: Node): ExpectedSample {
    const fields = this.fields(node, SAMPLE_FIELDS, 'main.sample');
    const labels = this.#guard(node, [], () => parseMetric(this.text(fields.get('labels'))));
    const histogram = this.text(fields.get('histogram'));
    const value = this.text(fields.get('value')) || '0';
    // Both kinds of values are read as scripts write them.
    const read = (): SeriesValue => parseSeriesDescription(`{} ${histogram || value}`).values[0];
    return { labels, value: /^[-+]?0x/i.test(value) ? Number(value) : this.#guard(node, 0, read) };
  }
}
