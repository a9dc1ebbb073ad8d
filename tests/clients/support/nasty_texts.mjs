// Texts that end a string early, run a command, or close a tag where they are not quoted rightly.

const known = [
    `Don't`, `"double"`, '`backticks`', `'`, `''`, `'"'"'`, `\\`, `\\\\`, `\\'`, `'\\''`, `"\\"`, 'ends in \\',
    '$(id)', '$HOME ${HOME} $0 $! $$', '`id`', '!! !$ !-1 !id "!"', "'!id", '; id #', '&& id', '| id', '> /dev/null',
    '*', '~', '{a,b}', '[a-z]', '@file', '-d', '--', '%s %d %%', '\\n is no newline', '\\u0041', '\\x41', '\\0',
    'JSON', '\nJSON\n', '<<JSON', 'a\nb', 'a\r\nb', '\n', '\ttab', ' leading and trailing ', '\x1b[31mred\x1b[0m',
    '\x03\x04\x07\x08\x1a', '\x7f\x80\x85\x9f', '</script>', '</SCRIPT >', '<!-- -->', '<script>', ']]>',
    '<!--<script>', '${1 + 1}', '`${1 + 1}`', '/* */ // #', "*/ alert(1) /*", '\u2028\u2029', '\ufeffmark', '\u00a0\u00ad',
    '\u202eright to left\u202c', '\u2066isolated\u2069', 'zero\u200bwidth\u200d', '\u{e0041}', 'Grüße 日本語 \u{1f30a}',
    '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}', 'e\u0301', '\uffff', '__proto__', 'constructor', 'null', '0', 'true', '[]',
    '{"prompt": "x"}', '?a=1&b=2#c', 'a+b%20c%zz', '&amp;', '=', 'data: x', 'x'.repeat(7000), 'ab cd\n'.repeat(3000),
];

const pieces = [
    ...known.filter((text) => text.length < 20), 'a', ' ', '\n', "'", '"', '\\', '$', '(', ')', '`', '<', '/', '!', '\r', '\t',
];

/** The known ones, and `count` that are made of them, the same for each `seed`. */
export function nastyTexts(count, seed = 1) {
    let state = seed;
    const below = (bound) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 2 ** 32) * bound);
    };
    const made = Array.from({ length: count }, () =>
        Array.from({ length: 1 + below(12) }, () => pieces[below(pieces.length)]).join(''));
    return [...known, ...made];
}
