// A module of gateway/pages, in Node.js.
import { readFile } from 'node:fs/promises';

const folder = new URL('../../../gateway/pages/', import.meta.url);

/** What `gateway/pages/NAME` exports. It must import nothing itself. */
export async function pageModule(name) {
    // By its text: the older of our Node.js take a .js file without a package.json for CommonJS.
    const text = await readFile(new URL(name, folder), 'utf8');
    return import(`data:text/javascript,${encodeURIComponent(text)}`);
}
