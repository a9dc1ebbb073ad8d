// Runs `sluice doctor` and reads what it says.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Resolves to its exit code, and what it said for people (`text`) or, with `--json`, for programs. */
export async function doctor(args, environment = {}) {
    const child = spawn(process.env.SLUICE_BINARY, ['doctor', ...args], {
        stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment },
    });
    let text = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (more) => { text += more; });
    child.stderr.setEncoding('utf8').on('data', (more) => { errors += more; });
    const [code] = await once(child, 'close');
    return { code, text, errors, report: text.startsWith('{') ? JSON.parse(text) : undefined };
}

/** What a report finds out about `check`, as `level: says`. */
export const found = (report, check) => report.findings
    .filter((finding) => finding.check === check)
    .map((finding) => `${finding.level}: ${finding.says}`);
