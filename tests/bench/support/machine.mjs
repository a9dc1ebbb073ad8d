// The machine under the benchmark: which cores play which part, and what they did meanwhile.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

const read = (path) => readFileSync(path, 'utf8');

/** `0-2,5` as [0, 1, 2, 5]. */
function parseList(text) {
    return text.trim().split(',').flatMap((part) => {
        const [first, last = first] = part.split('-').map(Number);
        return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

function siblings(core) {
    try {
        return parseList(read(`/sys/devices/system/cpu/cpu${core}/topology/thread_siblings_list`));
    } catch {
        return [core];
    }
}

/** The cores that this process may use, one of each physical core before the others. */
function allowedCores() {
    const allowed = parseList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(read('/proc/self/status'))[1]);
    const firsts = allowed.filter((core) => !siblings(core).some(
        (other) => other < core && allowed.includes(other)));
    return [...firsts, ...allowed.filter((core) => !firsts.includes(core))];
}

/** Who runs where. The peer has a core to itself on every machine; the others share one where they must. */
export function assignCores() {
    const [load, peer, upstream = load, runner = load] = allowedCores();
    if (peer === undefined) throw new Error('the benchmark needs two cores, and this process may use one');
    return { load, peer, upstream, runner };
}

/** Puts all threads of this process on `core`. */
export function pinSelf(core) {
    execFileSync('taskset', ['-acp', String(core), String(process.pid)], { stdio: 'ignore' });
}

/** Hard limit of open descriptors, which every program here raises itself to. */
export function descriptorsMax() {
    const limit = /^Max open files\s+\S+\s+(\S+)/m.exec(read('/proc/self/limits'))[1];
    return limit === 'unlimited' ? 1_048_576 : Number(limit);
}

/**
 * Clock ticks (10 ms) that `core` was idle since the start of the machine. The kernel measures this
 * as it goes, while the times of the busy are sampled and miss what runs between two ticks.
 */
export function idleTicks(core) {
    const line = read('/proc/stat').split('\n').find((text) => text.startsWith(`cpu${core} `));
    const [, , , idle, waiting] = line.split(/\s+/).slice(1).map(Number);
    return idle + waiting;
}

/** Established connections whose listening end is `port` of this machine. */
export function connectionsTo(port) {
    const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    return read('/proc/net/tcp').split('\n').filter((line) => {
        const [, address, , state] = line.trim().split(/\s+/);
        return state === '01' && address.endsWith(local);
    }).length;
}

/** What a reader of the figures wants to know of the machine. */
export function describeMachine(cores) {
    return {
        processor: cpus()[0].model.trim(),
        cores_allowed: allowedCores().length,
        cores,
        memory_gib: Math.round(totalmem() / 2 ** 30),
        kernel: release(),
        descriptors_max: descriptorsMax(),
    };
}
