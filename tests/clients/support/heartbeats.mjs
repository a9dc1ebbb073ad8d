// A gateway that fills the smallest silence with a comment, before a mock that is slow.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startGateway } from './gateway.mjs';

const configuration = `
server: {listen: [127.0.0.1:0], workers: 2, heartbeat: 100ms}
providers:
  mock: {kind: mock, ttft: 0ms, rate: 5}
models:
  - {name: mock, targets: [{provider: mock, model: mock}]}
`;

/** Comment lines, which are all that a heartbeat is. */
export const heartbeats = /^:.*$/gm;

export async function startBeatingGateway() {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-heartbeats-'));
    const file = join(folder, 'sluice.yaml');
    await writeFile(file, configuration);
    try {
        return await startGateway(['--config', file]);
    } finally {
        await rm(folder, { recursive: true });
    }
}
