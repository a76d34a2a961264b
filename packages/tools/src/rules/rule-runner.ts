import { type FloatHistogram, Labels, compareLabels, labelsToString } from '@tsanos/model';
import { MemoryStorage, type ScriptEngine } from '@tsanos/promql';
import type { Rule, RuleGroup } from './rule-file.ts';
import type { TemplateEnvironment } from './template/functions.ts';
import { expandAlertTemplate } from './template/template.ts';

/** How long a resolved alert is kept. */
const RESOLVED_RETENTION = 15 * 60_000;

interface Sample {
  readonly labels: Labels;
  readonly value: number | FloatHistogram;
}

/** An alert that fires or may come to. */
export interface ActiveAlert {
  readonly labels: Labels;
  annotations: Readonly<Record<string, string>>;
  state: 'pending' | 'firing' | 'inactive';
  readonly activeAt: number;
  keepFiringSince: number | undefined;
  resolvedAt: number | undefined;
}

/** What rules are evaluated against. */
export interface RuleContext {
  readonly storage: MemoryStorage;
  readonly engine: ScriptEngine;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
}

/** The rules of one group with their state from evaluation to evaluation. */
export class RuleGroupRunner {
  readonly group: RuleGroup;
  readonly #rules: readonly RuleRunner[];

  constructor(group: RuleGroup, context: RuleContext) {
    this.group = group;
    this.#rules = group.rules.map((rule) => new RuleRunner(rule, group, context));
  }

  /** Evaluates all rules in order at a time in ms; gives the errors. */
  async evaluate(now: number): Promise<string[]> {
    const errors: string[] = [];
    for (const rule of this.#rules) {
      try {
        await rule.evaluate(now);
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        errors.push(`rule: ${rule.name}, time: ${now / 1000}, err: ${text}`);
      }
    }
    return errors;
  }

  /** The firing alerts of the rules with this name. */
  firing(alertname: string): ActiveAlert[] {
    return this.#rules.filter(({ name }) => name === alertname).flatMap((rule) => rule.firing());
  }
}

class RuleRunner {
  readonly #rule: Rule;
  readonly #group: RuleGroup;
  readonly #context: RuleContext;
  readonly #labels: Readonly<Record<string, string>>;
  /** Series written by the last evaluation that succeeded. */
  #written = new Map<string, Labels>();
  #alerts = new Map<string, ActiveAlert>();

  constructor(rule: Rule, group: RuleGroup, context: RuleContext) {
    this.#rule = rule;
    this.#group = group;
    this.#context = context;
    this.#labels = { ...group.labels, ...rule.labels };
  }

  get name(): string {
    return this.#rule.alert || this.#rule.record;
  }

  firing(): ActiveAlert[] {
    return this.#rule.alert === '' ? [] : [...this.#alerts.values()].filter(({ state }) => state === 'firing');
  }

  async evaluate(now: number): Promise<void> {
    const at = now - this.#group.queryOffsetMs;
    const result = await this.#query(this.#rule.text, at);
    const samples = this.#rule.alert === '' ? this.#record(result) : await this.#alert(result, now);
    const written = new Map(samples.map((sample) => [labelsToString(sample.labels), sample.labels]));
    for (const { labels, value } of samples) this.#append(labels, at, value);
    for (const [key, labels] of this.#written) if (!written.has(key)) this.#append(labels, at, 'stale');
    this.#written = written;
  }

  /** A sample that comes too late is left out, as a server's storage would refuse it. */
  #append(labels: Labels, t: number, value: number | 'stale' | FloatHistogram): void {
    try {
      this.#context.storage.append(labels, t, value);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('out of order')) throw error;
    }
  }

  async #query(text: string, at: number): Promise<Sample[]> {
    const { storage, engine } = this.#context;
    const { value } = await engine.query(storage, { text, start: at, end: at, step: 0 });
    switch (value.type) {
      case 'scalar':
        return [{ labels: Labels.EMPTY, value: value.value }];
      case 'vector':
        return value.series.map(({ labels, points }) => ({ labels, value: points[0].value }));
      default:
        throw new Error('rule result is not a vector or scalar');
    }
  }

  #record(result: readonly Sample[]): Sample[] {
    const extra = Object.entries(this.#labels);
    const samples = result.map(({ labels, value }) => {
      const others = [...labels].filter(([name]) => name !== '__name__');
      return { labels: Labels.from([...others, ['__name__', this.#rule.record], ...extra]), value };
    });
    this.#check(samples, 'vector contains metrics with the same labelset after applying rule labels');
    const { limit } = this.#group;
    if (limit > 0 && samples.length > limit)
      throw new Error(`exceeded limit of ${limit} with ${samples.length} series`);
    return samples;
  }

  #check(samples: readonly { readonly labels: Labels }[], message: string): void {
    const sorted = samples.map(({ labels }) => labels).sort(compareLabels);
    if (sorted.some((labels, i) => i > 0 && compareLabels(sorted[i - 1], labels) === 0)) throw new Error(message);
  }

  async #alert(result: readonly Sample[], now: number): Promise<Sample[]> {
    const found: { labels: Labels; annotations: Readonly<Record<string, string>> }[] = [];
    for (const sample of result) found.push(await this.#expand(sample, now));
    this.#check(found, 'vector contains metrics with the same labelset after applying alert labels');
    const seen = new Set<string>();
    for (const { labels, annotations } of found) {
      const key = labelsToString(labels);
      seen.add(key);
      const known = this.#alerts.get(key);
      if (known !== undefined && known.state !== 'inactive') known.annotations = annotations;
      else this.#alerts.set(key, newAlert(labels, annotations, now));
    }
    for (const [key, alert] of this.#alerts) {
      if (seen.has(key)) this.#present(alert, now);
      else if (this.#absent(alert, now)) this.#alerts.delete(key);
    }
    const active = [...this.#alerts.values()].filter(({ state }) => state !== 'inactive');
    const { limit } = this.#group;
    if (limit > 0 && active.length > limit) {
      this.#alerts = new Map();
      throw new Error(`exceeded limit of ${limit} with ${active.length} alerts`);
    }
    return active.flatMap(alertSamples);
  }

  #present(alert: ActiveAlert, now: number): void {
    alert.keepFiringSince = undefined;
    const due = now - alert.activeAt >= this.#rule.forMs;
    if (alert.state === 'pending' && due) alert.state = 'firing';
    else if (alert.state === 'firing' && !due) alert.state = 'pending';
  }

  /** Whether the alert is to be forgotten. */
  #absent(alert: ActiveAlert, now: number): boolean {
    if (alert.state === 'pending') return true;
    if (alert.resolvedAt !== undefined && now - alert.resolvedAt > RESOLVED_RETENTION) return true;
    if (alert.state === 'inactive') return false;
    if (this.#rule.keepFiringForMs > 0) {
      alert.keepFiringSince ??= now;
      if (now - alert.keepFiringSince < this.#rule.keepFiringForMs) return false;
    }
    alert.state = 'inactive';
    alert.resolvedAt = now;
    return false;
  }

  async #expand(
    { labels, value }: Sample,
    now: number,
  ): Promise<{ labels: Labels; annotations: Readonly<Record<string, string>> }> {
    const { externalLabels, externalUrl } = this.#context;
    const data = { labels: labels.toJSON(), value: typeof value === 'number' ? value : Number.NaN, externalLabels };
    const env: TemplateEnvironment = {
      now: now / 1000,
      externalUrl,
      query: async (expr) =>
        (await this.#query(expr, now)).map((sample) => ({
          labels: sample.labels.toJSON(),
          value: typeof sample.value === 'number' ? sample.value : Number.NaN,
        })),
    };
    const expandAll = async (texts: Readonly<Record<string, string>>): Promise<[string, string][]> => {
      const out: [string, string][] = [];
      for (const [name, text] of Object.entries(texts)) out.push([name, await expandAlertTemplate(text, data, env)]);
      return out;
    };
    const others = [...labels].filter(([name]) => name !== '__name__');
    const ruleLabels = await expandAll(this.#labels);
    return {
      labels: Labels.from([...others, ...ruleLabels, ['alertname', this.#rule.alert]]),
      annotations: Object.fromEntries(await expandAll(this.#rule.annotations)),
    };
  }
}

function newAlert(labels: Labels, annotations: Readonly<Record<string, string>>, now: number): ActiveAlert {
  return { labels, annotations, state: 'pending', activeAt: now, keepFiringSince: undefined, resolvedAt: undefined };
}

function alertSamples({ labels, state, activeAt }: ActiveAlert): Sample[] {
  return [
    { labels: Labels.from([...labels, ['__name__', 'ALERTS'], ['alertstate', state]]), value: 1 },
    { labels: Labels.from([...labels, ['__name__', 'ALERTS_FOR_STATE']]), value: Math.floor(activeAt / 1000) },
  ];
}
