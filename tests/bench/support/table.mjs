// The result in words: Markdown that also reads well in a terminal.
import { ratioOf, spread, valuesOf } from './statistics.mjs';

/** A number with three figures that matter. */
export function figure(value) {
    if (value === undefined) return '-';
    if (!Number.isFinite(value)) return 'never';
    if (Number.isInteger(value)) return String(value);
    const size = Math.abs(value);
    if (size >= 100) return value.toFixed(0);
    if (size >= 10) return value.toFixed(1);
    return value.toFixed(2);
}

function withSpread(summary, show = figure) {
    if (!summary) return '-';
    return `${show(summary.median)} (${show(summary.min)}..${show(summary.max)})`;
}

function ratio(value) {
    if (!Number.isFinite(value)) return '-';
    return value.toFixed(Math.abs(value) < 0.1 ? 3 : 2);
}

function markdown(head, rows) {
    const widths = head.map((title, column) => Math.max(
        title.length, ...rows.map((row) => row[column].length)));
    const line = (row) => `| ${row.map((text, column) => (
        column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]))).join(' | ')} |`;
    const rule = `| ${widths.map((width, column) => (
        column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
    return [line(head), rule, ...rows.map(line)].join('\n');
}

/** Medians of every peer, and Sluice's ratios to nginx and to the floor. */
function values(cells, results, peerNames) {
    const rows = [];
    for (const cell of cells) {
        const rounds = results[cell.name];
        for (const [metric, title] of Object.entries(cell.metrics)) {
            rows.push([
                `${cell.name}: ${title}`,
                ...peerNames.map((peer) => figure(spread(valuesOf(rounds, peer, metric))?.median)),
                withSpread(ratioOf(rounds, 'sluice', 'nginx', metric), ratio),
                withSpread(ratioOf(rounds, 'sluice', 'floor', metric), ratio),
                String(rounds.length),
            ]);
        }
    }
    return markdown(['median of', ...peerNames, 'sluice / nginx', 'sluice / floor', 'rounds'], rows);
}

/** Each target with what was measured: { ...target, measured, verdict }; none without a measurement. */
export function judge(targets, results) {
    return targets.flatMap((target) => {
        const rounds = results[target.cell] ?? [];
        const measured = target.against
            ? ratioOf(rounds, 'sluice', target.against, target.metric)
            : spread(valuesOf(rounds, 'sluice', target.metric));
        if (!measured) return [];
        const met = measured.median <= target.bound;
        return [{ ...target, measured, verdict: met ? 'met' : 'missed' }];
    });
}

function verdicts(judged) {
    return markdown(
        ['target', 'at most', 'measured', ''],
        judged.map(({ what, against, bound, stretch, measured, verdict }) => [
            `${what}${stretch ? ' (stretch)' : ''}`,
            against ? `${ratio(bound)} x ${against}` : figure(bound),
            withSpread(measured, against ? ratio : figure),
            verdict === 'met' ? 'met' : stretch ? 'not met' : 'MISSED',
        ]));
}

/** The whole result. `cells` and `peerNames` are those that were measured. */
export function render({ cells, results, peerNames, judged }) {
    const notes = cells.map((cell) => `- ${cell.name}: ${cell.what}`);
    return [
        values(cells, results, peerNames), '', ...notes, '',
        'Ratios and measurements: median (least..greatest) over the rounds, each ratio within one round.',
        '', ...(judged.length > 0 ? [verdicts(judged), ''] : []),
    ].join('\n');
}
