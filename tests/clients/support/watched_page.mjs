// A tab of which nothing that a page should not do goes unnoticed.

/** Says in `faults` when the page's policy is broken. It runs ahead of the page's scripts. */
const report_violations = () => document.addEventListener('securitypolicyviolation', (event) =>
    window.watched_violation(`policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));

/**
 * Opens `url` in a tab of its own, or of `context`. `faults` are the exceptions, errors and warnings of its
 * scripts, its dialogs and further windows, what it asked of other hosts, and what broke its policy. `options` are
 * those of a new page.
 */
export async function openWatched(context, url, options) {
    const page = await context.newPage(options);
    page.setDefaultTimeout(20_000);
    const faults = [];
    const origin = new URL(url).origin;
    page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
    page.on('console', (message) => {
        if (['error', 'warning', 'assert'].includes(message.type())) faults.push(`console: ${message.text()}`);
    });
    page.on('dialog', (dialog) => {
        faults.push(`dialog: ${dialog.message()}`);
        dialog.dismiss();
    });
    page.on('popup', (popup) => faults.push(`window: ${popup.url()}`));
    page.on('request', (request) => {
        const asked = new URL(request.url());
        if (asked.protocol !== 'data:' && asked.origin !== origin) faults.push(`foreign: ${asked.href}`);
    });
    await page.exposeFunction('watched_violation', (text) => faults.push(text));
    await page.addInitScript(report_violations);
    await page.goto(url);
    return { page, faults };
}
