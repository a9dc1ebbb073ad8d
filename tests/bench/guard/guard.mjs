// The guard on work per token: instructions and system calls, which do not depend on how fast or how
// busy the machine is, stay under recorded bounds. `run` starts it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { measureAll } from './measures.mjs';

const usage = `usage: tests/bench/guard/run [--record] [--build FOLDER]
Counts what Sluice does for each relayed token and each short stream, and fails where it is more than
bounds.json allows.
--record        writes bounds.json anew: what is measured now, and a tenth more
--build FOLDER  what to count (build/release)
Exit code: 0; 1 when a bound is exceeded or nothing could be measured; 2 for a mistake in the arguments.
`;

const advice = 'If more work is meant: tests/bench/guard/run --record, and the commit says what it is for.\n';

class TooMuch extends Error {}

const checkout = fileURLToPath(new URL('../../..', import.meta.url));
const boundsFile = fileURLToPath(new URL('bounds.json', import.meta.url));
// For updates of the libraries and of the compiler.
const allowance = 1.1;

const written = ({ decimals }, number) => number.toLocaleString(
    'en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

/** The bound to record for `figure`. */
function boundOf({ bound_max: most = Infinity, decimals }, figure) {
    return Math.min(most, Number((figure * allowance).toFixed(decimals)));
}

function row(what, figure, bound, word) {
    const line = `${what.padEnd(44)} ${figure.padStart(9)} ${bound.padStart(9)} ${word}`;
    process.stdout.write(`${line.trimEnd()}\n`);
}

/** A sentence on what is wrong with `figure`; nothing where it is within its bound. */
function complaint(measure, figure, bound) {
    const { name, what } = measure;
    if (!Number.isFinite(bound)) return `${name} has no bound in tests/bench/guard/bounds.json`;
    if (figure <= bound) return undefined;
    const [much, most] = [figure, bound].map((number) => written(measure, number));
    return `${what} (${name}): ${much} is more than the bound, ${most}`;
}

/** Prints the table; resolves to the bounds that hold and to what is wrong. */
async function compare({ build, work }, boundFor) {
    const bounds = {};
    const complaints = [];
    row('', 'counted', 'bound', '');
    await measureAll({ build, work }, (measure, figure) => {
        const bound = measure.bound ?? boundFor(measure, figure);
        if (measure.bound === undefined) bounds[measure.name] = bound;
        const wrong = complaint(measure, figure, bound);
        if (wrong) complaints.push(wrong);
        row(measure.what, written(measure, figure), written(measure, bound ?? NaN), wrong ? 'TOO MUCH' : '');
    });
    return { bounds, complaints };
}

async function guard({ build, record }) {
    const old = record ? {} : JSON.parse(readFileSync(boundsFile, 'utf8'));
    const work = mkdtempSync(join(tmpdir(), 'sluice-guard-'));
    process.on('exit', () => rmSync(work, { recursive: true, force: true }));
    const { bounds, complaints } = await compare(
        { build, work }, record ? boundOf : ({ name }) => old[name]);
    if (complaints.length > 0) throw new TooMuch(complaints.join('\n'));
    if (record) writeFileSync(boundsFile, `${JSON.stringify(bounds, null, 2)}\n`);
}

function parse() {
    try {
        const { values } = parseArgs({
            options: {
                record: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
                build: { type: 'string', default: join(checkout, 'build/release') },
            },
        });
        return { ...values, build: resolve(values.build) };
    } catch (error) {
        process.stderr.write(`error: ${error.message}\n${usage}`);
        process.exit(2);
    }
}

const options = parse();
if (options.help) {
    process.stdout.write(usage);
} else {
    try {
        await guard(options);
    } catch (error) {
        process.stderr.write(`error: ${error.message}\n${error instanceof TooMuch ? advice : ''}`);
        process.exitCode = 1;
    }
}
