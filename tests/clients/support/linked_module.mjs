// A module of gateway/pages with the modules that it imports, in Node.js.
import { readFile } from 'node:fs/promises';

const folder = new URL('../../../gateway/pages/', import.meta.url);
const imported = /from "\.\/(\w+\.js)"/g;

/** By its text: the older of our Node.js take a .js file without a package.json for CommonJS. */
async function addressOf(name) {
    let text = await readFile(new URL(name, folder), 'utf8');
    for (const [clause, other] of text.matchAll(imported)) {
        text = text.replace(clause, `from ${JSON.stringify(await addressOf(other))}`);
    }
    return `data:text/javascript,${encodeURIComponent(text)}`;
}

/** What `gateway/pages/NAME` exports. */
export const linkedModule = async (name) => import(await addressOf(name));
