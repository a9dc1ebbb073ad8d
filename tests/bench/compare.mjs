// Measures Sluice beside other proxies and prints the comparison. `run` builds what this needs; by
// hand: node tests/bench/compare.mjs --help
import { mkdtempSync, chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { cells as allCells, heldStreams } from './support/cells.mjs';
import { assignCores, describeMachine, pinSelf } from './support/machine.mjs';
import { makeCertificate, peers } from './support/peers.mjs';
import { figure, judge, render } from './support/table.mjs';
import { targets } from './support/targets.mjs';

const usage = `usage: node tests/bench/compare.mjs [--rounds 7] [--cells NAME,...] [--peers NAME,...] [--more]
                                    [--quick] [--json FILE] [--build FOLDER]
Measures Sluice beside other proxies. The table goes to standard output, progress to standard error.
--rounds N     rounds, each with every peer of every cell (7)
--cells LIST   of ${allCells.map(({ name }) => name).join(', ')} (all)
--peers LIST   of ${Object.keys(peers).join(', ')} (all but those of --more); direct is always there
--more         caddy and portkey too; tests/bench/run --more installs them
--quick        one round of short windows and few streams: shows that it works, measures little
--json FILE    where all values of all rounds go (build/bench.json)
--build FOLDER what to measure (build/release)
Exit code: 0; 1 when a measurement failed, or lost a token; 2 for a mistake in the arguments.
`;

class UsageError extends Error {}

const checkout = fileURLToPath(new URL('../..', import.meta.url));
// Debian keeps nginx and HAProxy where an ordinary user's shell does not look.
process.env.PATH += ':/usr/sbin:/sbin';

/** The named ones of `known`, in the order of `known`. */
function choose(list, known, what) {
    const wanted = list.split(',').filter(Boolean);
    for (const name of wanted) {
        if (!known.includes(name)) throw new UsageError(`there is no ${what} '${name}'`);
    }
    return known.filter((name) => wanted.includes(name));
}

function parse(args) {
    const string = { type: 'string' };
    const flag = { type: 'boolean', default: false };
    let values;
    try {
        ({ values } = parseArgs({
            args,
            options: {
                rounds: string, cells: string, peers: string, json: string, build: string,
                more: flag, quick: flag, help: flag,
            },
        }));
    } catch (error) {
        throw new UsageError(error.message);
    }
    const cellNames = allCells.map(({ name }) => name);
    const usual = Object.keys(peers).filter((name) => values.more || !peers[name].more);
    const rounds = Number(values.rounds ?? (values.quick ? 1 : 7));
    if (!Number.isInteger(rounds) || rounds < 1) throw new UsageError('--rounds wants a number from 1');
    return {
        help: values.help,
        quick: values.quick,
        rounds,
        cells: choose(values.cells ?? cellNames.join(), cellNames, 'cell'),
        peers: values.peers ? choose(`direct,${values.peers}`, Object.keys(peers), 'peer') : usual,
        json: resolve(values.json ?? join(checkout, 'build/bench.json')),
        build: resolve(values.build ?? join(checkout, 'build/release')),
    };
}

const say = (text) => process.stderr.write(`${text}\n`);
const since = (start) => `${((Date.now() - start) / 1000).toFixed(0)} s`;

/** `list` beginning with another of its members in each round, so that none is always the first. */
const rotated = (list, round) => list.map((_, index) => list[(index + round) % list.length]);

/** What makes the figures of a measurement doubtful though every token arrived. */
function doubts(cell, values) {
    const found = [];
    if (values.foreign_busy > 0.05) found.push(`others took ${figure(values.foreign_busy * 100)} % of its core`);
    if (cell.rate && values.asked_share < 0.97) {
        found.push(`it got only ${figure(values.asked_share * 100)} % of the tokens asked for through`);
    }
    if (cell.rate && values.load_busy > 0.97) found.push('the core of the load client was full');
    return found;
}

/** Measures every peer of `cell` once: { values by peer, failures, doubts }. */
async function measureCell(run, cell, peerNames, round) {
    const values = {};
    const failures = [];
    const doubtful = [];
    for (const peer of rotated(peerNames, round)) {
        try {
            values[peer] = await cell.measure(run, peer);
            doubtful.push(...doubts(cell, values[peer]).map((text) => `${peer}: ${text}`));
        } catch (error) {
            failures.push(`round ${round + 1}, ${cell.name}, ${peer}: ${error.message}`);
        }
    }
    cell.derive?.(values);
    return { values, failures, doubtful };
}

function progress(cell, values) {
    const [metric, title] = Object.entries(cell.metrics)[0];
    const parts = Object.entries(values)
        .filter(([, all]) => all[metric] !== undefined)
        .map(([peer, all]) => `${peer} ${figure(all[metric])}`);
    return `${title}: ${parts.join(', ')}`;
}

async function measureAll(run, options, cells) {
    const results = Object.fromEntries(cells.map(({ name }) => [name, []]));
    const failures = [];
    for (let round = 0; round < options.rounds; round++) {
        for (const cell of cells) {
            if (round >= (cell.rounds_max ?? Infinity)) continue;
            const start = Date.now();
            const peerNames = cell.peers.filter((name) => options.peers.includes(name));
            const measured = await measureCell(run, cell, peerNames, round);
            results[cell.name].push(measured.values);
            failures.push(...measured.failures);
            say(`round ${round + 1}/${options.rounds} ${cell.name}, `
                + `${progress(cell, measured.values)} (${since(start)})`);
            for (const text of measured.doubtful) say(`  doubtful: ${text}`);
            for (const text of measured.failures) say(`  FAILED: ${text}`);
        }
    }
    return { results, failures };
}

function versions(run, peerNames) {
    return Object.fromEntries(peerNames.map((name) => {
        try {
            return [name, peers[name].version(run)];
        } catch {
            throw new Error(`${name} is not here: tests/bench/run installs it`);
        }
    }));
}

function writeJson(path, result) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
}

async function compare(options) {
    const start = Date.now();
    const cores = assignCores();
    const machine = describeMachine(cores);
    pinSelf(cores.runner);
    const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
    // nginx's worker, which is no longer root, has its folders below.
    chmodSync(folder, 0o755);
    const run = {
        programs: join(options.build, 'tests/bench'), sluice: join(options.build, 'sluice'),
        cores, folder, quick: options.quick, certificate: makeCertificate(folder),
    };
    const cells = allCells.filter(({ name, peers: its, wants }) => (
        options.cells.includes(name) && its.some((peer) => options.peers.includes(peer))
        && (wants === undefined || options.peers.includes(wants))));
    machine.versions = versions(run, options.peers);
    say(`${machine.processor}, ${machine.cores_allowed} cores: peer on ${cores.peer}, `
        + `load client on ${cores.load}, upstream on ${cores.upstream}`);
    if (options.cells.includes('hold') && heldStreams(options.quick) < 9900 && !options.quick) {
        say(`only ${heldStreams(options.quick)} streams can be held: a process may open no more than `
            + `${machine.descriptors_max} files`);
    }
    const { results, failures } = await measureAll(run, options, cells);
    const judged = judge(targets, results);
    process.stdout.write(render({ cells, results, peerNames: options.peers, judged }));
    writeJson(options.json, {
        machine, options, seconds: (Date.now() - start) / 1000, results, targets: judged, failures,
    });
    say(`${since(start)}; every value of every round: ${options.json}`);
    if (failures.length === 0) {
        rmSync(folder, { recursive: true, force: true });
        return 0;
    }
    say(`\nFAILED RUN: ${failures.length} measurements failed, and the table is worth nothing`);
    for (const text of failures) say(`- ${text}`);
    say(`their logs: ${readdirSync(folder).map((name) => join(folder, name)).join(' ')}`);
    return 1;
}

try {
    const options = parse(process.argv.slice(2));
    if (options.help) process.stdout.write(usage);
    else process.exitCode = await compare(options);
} catch (error) {
    say(`error: ${error.message}`);
    if (error instanceof UsageError) say(usage);
    process.exitCode = error instanceof UsageError ? 2 : 1;
}
