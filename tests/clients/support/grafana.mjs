// deploy/grafana/sluice.json as Grafana reads it: its panels, and the queries that they come to.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { deployed } from './prometheus.mjs';

export const dashboard = JSON.parse(await readFile(join(deployed, 'grafana/sluice.json'), 'utf8'));
/** Those that show something; a folded row holds its own. */
export const panels = dashboard.panels.flatMap((panel) => [panel, ...panel.panels ?? []])
    .filter(({ type }) => type !== 'row');
export const variables = dashboard.templating.list.filter(({ type }) => type === 'query');

/** Grafana's own, where a data source is said to scrape every 15 s, as Grafana takes for granted. */
const builtIn = { __rate_interval: '60s', __interval: '15s', __range: '1h' };

const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\\\$&');
const regexOf = (values) =>
    (values.length === 1 ? escaped(values[0]) : `(${values.map(escaped).join('|')})`);

/** `text` with the values of variables in their places. */
export const filled = (text, values) => text.replace(/\$\{?(\w+)\}?/g, (whole, name) => {
    const value = { ...builtIn, ...values }[name];
    assert.notEqual(value, undefined, `${whole} in ${text}`);
    return value;
});

/** What stands for each variable where All is chosen, and what it lists: asked in their order. */
export async function chooseAll(prometheus) {
    const chosen = {};
    const listed = {};
    for (const { name, query, allValue } of variables) {
        const [, metric, label] = /^label_values\((.*), (\w+)\)$/.exec(query.query);
        listed[name] = await prometheus.ask(
            `label/${label}/values`, { 'match[]': filled(metric, chosen) });
        chosen[name] = allValue ?? regexOf(listed[name]);
    }
    return { chosen, listed };
}

/** The metrics that an expression names; what is recorded by rules has colons. */
export function metricsOf(expression) {
    const bare = expression.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/\{[^}]*\}/g, '')
        .replace(/\b(?:by|without|on|ignoring) *\([^)]*\)/g, '');
    return bare.match(/(?<![\w:])(?:sluice|gen_ai|process)_\w+|\w+:[\w:]+/g) ?? [];
}
