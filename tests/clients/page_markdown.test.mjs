// What the pages make of a model's Markdown, in a real Chromium under the pages' policy.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startBrowser } from './support/browser.mjs';
import { startGateway } from './support/gateway.mjs';
import { policy, startModulePage } from './support/module_page.mjs';
import { nastyTexts } from './support/nasty_texts.mjs';
import { openWatched } from './support/watched_page.mjs';

const rel = 'rel="noopener noreferrer nofollow" target="_blank"';
const png = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const answer = `# Locks

A *lock* lifts a **boat**, see [how](https://example.com/a?b=1&c=2 "How") or https://example.com/d.

- gate
  1. upper
  2. lower
- [x] sluice

| part | what |
|:-----|-----:|
| gate | opens, \`a|b\` |

> Water finds its level.

\`\`\`js
const level = (a, b) => a < b ? "</script>" : \`\${a}\`;
\`\`\`

<details>kept</details> ![a picture](https://example.com/p.png) ![tiny](${png})
`;

let pages, browser, watched;
before(async () => {
    pages = await startModulePage();
    browser = await startBrowser();
    watched = await openWatched(browser, pages.url);
    await watched.page.evaluate(async () => {
        const { render_markdown } = await import('./markdown.js');
        window.render = (text) => {
            const main = document.querySelector('main');
            main.replaceChildren(render_markdown(text));
            return main;
        };
    });
});
after(async () => {
    assert.deepEqual(watched?.faults, []);
    await browser?.close();
    await pages?.stop();
});

const html = (text) => watched.page.evaluate((text) => window.render(text).innerHTML.trim(), text);

test('headings, lists, tables, quotes and code become their elements', async () => {
    assert.equal(await html('# One\n\n###### Six'), '<h3>One</h3>\n<h6>Six</h6>');
    assert.equal(await html('*a* **b** ~~c~~ `d`  \ne'), '<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code><br>e</p>');
    assert.equal(await html('- a\n- [x] b\n\n3. c'), '<ul>\n<li>a</li>\n<li>\u2611 b</li>\n</ul>\n<ol start="3">\n<li>c</li>\n</ol>');
    assert.equal(await html('> a'), '<blockquote>\n<p>a</p>\n</blockquote>');
    assert.equal((await html('|a|b|\n|-|-:|\n|1|<b>|')).replaceAll('\n', ''), '<div tabindex="0"><table><thead><tr><th>a</th>' +
        '<th align="right">b</th></tr></thead><tbody><tr><td>1</td><td align="right">&lt;b&gt;</td></tr></tbody></table></div>');
    assert.equal(await html('```js\na < b\n```'), '<pre tabindex="0"><code class="language-js">a &lt; b</code></pre>');
});

test('HTML is shown as it was written', async () => {
    for (const text of ['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', 'a <b title="*x*">b</b>', '<!-- c -->', '<p>', '<?php ?>',
        'a\n<form action=x>', '<svg><style>', '<a href=https://example.com name=x id=y class=z style=color:red>a</a>', '<pre><b>x</b></pre>'])
        assert.equal(await watched.page.evaluate((text) => window.render(text).textContent.replace(/\s+/g, ' ').trim(), text), text.replaceAll('\n', ' '));
});

test('Markdown between tags is Markdown still', async () => {
    assert.equal(await html('<div>\n**b**\n</div>'), '<p>&lt;div&gt;\n<strong>b</strong>\n&lt;/div&gt;</p>');
});

test('links lead to the web or a mailbox, in a window of their own that learns nothing of this one', async () => {
    assert.equal(await html('[a](https://b.c/?d=1&amp;e=2 "t\\"")'), `<p><a href="https://b.c/?d=1&amp;e=2" title="t&quot;" ${rel}>a</a></p>`);
    assert.equal(await html('https://b.c/?d=1&e=2 <mailto:a@b.c>'),
        `<p><a href="https://b.c/?d=1&amp;e=2" ${rel}>https://b.c/?d=1&amp;e=2</a> <a href="mailto:a@b.c" ${rel}>mailto:a@b.c</a></p>`);
    assert.equal(await html(`[a](https://b.c/"title='x'>)`), `<p><a href="https://b.c/&quot;title='x'&gt;" ${rel}>a</a></p>`);
    for (const to of ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'java&#115;cript:alert(1)', 'vbscript:x', 'data:text/html,x', 'file:///etc',
        'blob:x', 'ftp://a.b', '/v1/streams', '#main', '//a.b', 'https:', 'x-app:y', '&#x1;javascript:alert(1)'])
        assert.equal(await html(`[a](${to})`), `<p>[a](${to.replace(/&/g, '&amp;')})</p>`);
});

test('a picture is shown where the text holds it, and is a link where another host does', async () => {
    assert.equal(await html(`![a](${png})`), `<p><img src="${png}" alt="a"></p>`);
    assert.equal(await html('![a](https://b.c/d.png)'), `<p><a href="https://b.c/d.png" ${rel}>a</a></p>`);
    assert.equal(await html('[![a](https://b.c/d.png)](https://e.f)'), `<p><a href="https://e.f" ${rel}>a</a></p>`);
    const svg = '![a](data:image/svg+xml;base64,PHN2Zy8+)';
    assert.equal(await html(svg), `<p>${svg}</p>`);
});

test('the name of a language is a class, and nothing else is', async () => {
    assert.match(await html('```c++ title="x"\n```'), /class="language-c\+\+"/);
    for (const name of ['js"onclick="x', 'a>b', `x'`, 'ü', 'x'.repeat(50)]) assert.equal((await html(`\`\`\`${name}\na\n\`\`\``)).includes('class'), false);
});

/** What stands in the rendered texts beside the elements and attributes that Markdown has. */
const foreign = (texts) => watched.page.evaluate((texts) => {
    const tags = /^(A|BLOCKQUOTE|BR|CODE|DEL|DIV|EM|H[3-6]|HR|IMG|LI|OL|P|PRE|STRONG|TABLE|TBODY|TD|TH|THEAD|TR|UL)$/;
    const names = /^(align|alt|class|href|rel|src|start|tabindex|target|title)$/;
    const found = new Set();
    for (const text of texts) for (const element of window.render(text).querySelectorAll('*')) {
        if (!tags.test(element.nodeName)) found.add(element.nodeName);
        for (const { name, value } of element.attributes) {
            if (!names.test(name)) found.add(name);
            if (name === 'class' && !/^language-[\w+#.-]+$/.test(value)) found.add(`class=${value}`);
            if (name === 'href' && !/^(https?:|mailto:)/.test(element.protocol)) found.add(`href=${value}`);
            if (name === 'src' && !value.startsWith('data:image/')) found.add(`src=${value}`);
        }
    }
    return [...found];
}, texts);

test('an unfinished answer is rendered at each of its characters', async () => {
    assert.deepEqual(await foreign(Array.from(answer, (_, i) => answer.slice(0, i + 1))), []);
    assert.match(await html(answer), /language-js/);
});

test('whatever stands in a text, only what Markdown has comes out of it', async () => {
    const wrapped = nastyTexts(500, 7).flatMap((text) => [text, `[${text}](${text})`, `![${text}](https://a.b "${text}")`,
        `\`\`\`${text}\n${text}\n`, `|${text}|\n|-|\n|${text}|`, `<${text}>`, `[a]: ${text}\n[a]`]);
    assert.deepEqual(await foreign(wrapped), []);
});

test('a text is never hidden: what cannot be read as Markdown is shown as it was written', async () => {
    const deep = '> '.repeat(5000) + 'end';
    assert.match(await watched.page.evaluate((text) => window.render(text).textContent, deep), /end\s*$/);
    const long = `${'**word** _word_ '.repeat(5000)}end`;
    assert.match(await watched.page.evaluate((text) => window.render(text).textContent, long), /^\*\*word\*\* .* end\s*$|end\s*$/);
});

test('a text of 100 KB that grows is rendered in less than 50 ms, and an evil one in less than a second', async () => {
    const milliseconds = await watched.page.evaluate((answer) => {
        const text = answer.repeat(Math.ceil(100_000 / answer.length));
        const time = (text) => {
            const begin = performance.now();
            window.render(text);
            return performance.now() - begin;
        };
        // The least of some: the machine does other things, too.
        const growing = Math.min(...Array.from({ length: 20 }, (_, i) => time(text.slice(0, 100_000 + 10 * i))));
        const evil = ['>', '- ', '*a ', '**a', '__a', '[', '[a](', '![', '`a``', '<', '<!--', '~~a', 'a_', 'a@', '\\', '|'];
        return { growing, evil: Math.max(...evil.map((unit) => time(unit.repeat(100_000 / unit.length)))) };
    }, answer.replace(/!\[tiny\].*/, ''));
    assert.ok(milliseconds.growing < 50, JSON.stringify(milliseconds));
    assert.ok(milliseconds.evil < 1000, JSON.stringify(milliseconds));
});

test('the policy of these tests is the gateway\'s', async () => {
    const gateway = await startGateway();
    try {
        for (const path of ['/', '/dashboard']) {
            assert.equal((await fetch(gateway.url + path)).headers.get('content-security-policy'), policy, path);
        }
    } finally {
        await gateway.stop();
    }
});

test('the end of an answer with many brackets comes at once', async () => {
    const took = await watched.page.evaluate(async () => {
        const { Answer } = await import('./playground_answer.js');
        const answer = new Answer(document.querySelector('main'));
        answer.take({ text: '```\n' });
        answer.take({ text: '[\n'.repeat(40_000) });
        answer.flush(0);
        const begin = performance.now();
        answer.finish();
        return performance.now() - begin;
    });
    assert.ok(took < 1500, `${took} ms`);
});
