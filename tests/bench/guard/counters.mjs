// The tools that count what a program does: how each is put before the program's command line, and
// what its report says once the program has ended.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// Without these, which of its copying and searching functions the C library takes, and so the count,
// would depend on the processor.
const plainProcessor = 'glibc.cpu.hwcaps=-AVX2,-AVX2_Usable,-AVX512F,-AVX512VL,-AVX512BW,-ERMS,-FSRM';

/** Instructions in user space, of all threads: { instructions }. Bounds hold for x86-64 alone. */
export const callgrind = {
    name: 'valgrind',
    wrap: (folder, command) => [
        'valgrind', '--tool=callgrind', '--vgdb=no', `--log-file=${join(folder, 'valgrind.log')}`,
        `--callgrind-out-file=${join(folder, 'callgrind.out')}`, ...command,
    ],
    environment: { GLIBC_TUNABLES: plainProcessor },
    read(folder) {
        const report = readFileSync(join(folder, 'valgrind.log'), 'utf8');
        const [, count] = /Collected : (\d+)/.exec(report) ?? [];
        if (count === undefined) throw new Error(`valgrind counted nothing: ${report.slice(-2000)}`);
        return { instructions: Number(count) };
    },
};

// How often these are called depends on how long a run takes: the log's thread wakes up every so
// often, and so do timers.
const timely = ['futex', 'write', 'timerfd_settime'];
const waits = ['epoll_wait', 'epoll_pwait', 'epoll_pwait2'];

/** System calls, of all threads: { waits, timely, others }, each call in one of them. */
export const strace = {
    name: 'strace',
    isParent: true, // of the program, which does not have the id that was started
    wrap: (folder, command) => ['strace', '-f', '-c', '-o', join(folder, 'strace.log'), ...command],
    environment: {},
    read(folder) {
        const report = readFileSync(join(folder, 'strace.log'), 'utf8');
        const counted = { waits: 0, timely: 0, others: 0 };
        // % time, seconds, usecs/call, calls, errors if there were any, name.
        for (const [, calls, name] of report.matchAll(
            /^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$/gm)) {
            if (name === 'total') continue;
            const kind = (waits.includes(name) && 'waits') || (timely.includes(name) && 'timely');
            counted[kind || 'others'] += Number(calls);
        }
        if (counted.others === 0) throw new Error(`strace counted nothing: ${report.slice(-2000)}`);
        return counted;
    },
};
