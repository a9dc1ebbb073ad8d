// A page that shows a stream with the browser's own EventSource.
import assert from 'node:assert/strict';

/** Shows the text and counts the ends. Nobody closes it: the gateway's 204 must. */
export const readerScript = (url) => `
    const text = document.querySelector('#text');
    const ends = [];
    const source = new EventSource(${url});
    source.onmessage = (event) => text.append(JSON.parse(event.data).text ?? '');
    source.addEventListener('done', (event) => ends.push(JSON.parse(event.data).finish_reason));
`;

/** The URL of such a page, which reads `url`. */
export const reading = (pages, url) => pages.add(readerScript(JSON.stringify(url)));

/** Waits until enough is shown to call it begun. */
export const begun = ({ tab }) =>
    tab.waitForFunction(() => text.textContent.split(' ').length > 10);

/** Waits until the EventSource gave up, and looks whether all of `whole` came, once. */
export async function assertShown({ tab, faults, text }, whole) {
    await tab.waitForFunction(() => source.readyState === EventSource.CLOSED);
    assert.deepEqual(await tab.evaluate(() => ends), ['stop']);
    assert.equal(await text(), whole);
    assert.deepEqual(faults, []);
    await tab.close();
}
