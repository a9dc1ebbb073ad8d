// The libraries of the pages are those that npm has under the versions written in package.json, to the byte.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';

const vendor = new URL('../../gateway/pages/vendor/', import.meta.url);
const modules = new URL('node_modules/', import.meta.url);
const sources = {
    'marked.js': 'marked/lib/marked.esm.js',
    'dompurify.js': 'dompurify/dist/purify.es.mjs',
    'uplot.js': 'uplot/dist/uPlot.esm.js',
    'uplot.css': 'uplot/dist/uPlot.min.css',
    'LICENSE.marked': 'marked/LICENSE',
    'LICENSE.dompurify': 'dompurify/LICENSE',
    'LICENSE.uplot': 'uplot/LICENSE',
};
const packages = ['marked', 'dompurify', 'uplot'];

const json = async (url) => JSON.parse(await readFile(url, 'utf8'));

test('the folder holds these files and no others', async () => {
    assert.deepEqual((await readdir(vendor)).sort(), ['README.md', ...Object.keys(sources)].sort());
});

for (const [file, source] of Object.entries(sources)) {
    test(`${file} is the package's ${source}`, async () => {
        const [here, there] = await Promise.all([readFile(new URL(file, vendor)), readFile(new URL(source, modules))]);
        assert.ok(here.equals(there), `${here.length} bytes here, ${there.length} in the package`);
    });
}

for (const name of packages) {
    test(`${name} is pinned, installed as pinned, and listed with that version and its licence`, async () => {
        const pinned = (await json(new URL('package.json', import.meta.url))).devDependencies[name];
        const installed = await json(new URL(`${name}/package.json`, modules));
        assert.match(pinned, /^\d+\.\d+\.\d+$/);
        assert.equal(installed.version, pinned);
        const rows = (await readFile(new URL('README.md', vendor), 'utf8')).split('\n')
            .map((line) => line.split('|').map((cell) => cell.trim()))
            .filter((cells) => cells[2] === name);
        const files = Object.entries(sources).filter(([file, source]) =>
            source.startsWith(`${name}/`) && !file.startsWith('LICENSE'));
        assert.deepEqual(rows.map((row) => [row[1], row[3], row[4]]), files.map(([file, source]) =>
            [`\`${file}\``, pinned, `\`${source.slice(name.length + 1)}\``]));
        const licence = installed.license.replace(/^\((.*)\)$/, '$1');
        for (const row of rows) assert.ok(row[5] === licence || row[5].startsWith(`${licence} (`), row[5]);
    });
}

test('none of them loads another file, or runs text', async () => {
    const text = (file) => readFile(new URL(file, vendor), 'utf8');
    for (const file of ['marked.js', 'dompurify.js', 'uplot.js'])
        assert.equal(/^import |\bimport\(|\beval\(|\bnew Function\b/m.exec(await text(file)), null, file);
    assert.equal(/@import|url\(/.exec(await text('uplot.css')), null);
});
