// The playground in a real Chromium, served by the real gateway.
//
// SLUICE_BINARY names the gateway's binary; SLUICE_URL, in its place, a gateway that runs already.
// Routes of the browser add X-Mock-* headers on the way out.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { chromium } from "playwright-core";

const chromium_path = "/usr/bin/chromium";
const chromium_flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const long_and_slow = { tokens: "2000", rate: "20" };
const ways = ["fetch", "eventsource"];

let gateway, base_url, browser, page, faults;

async function start_gateway() {
  if (process.env.SLUICE_URL) return process.env.SLUICE_URL;
  assert.ok(process.env.SLUICE_BINARY, "SLUICE_BINARY must name the gateway's binary");
  gateway = spawn(process.env.SLUICE_BINARY, ["serve", "--listen", "127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  for await (const line of createInterface(gateway.stdout)) {
    const url = /^listening on (http:\S+)$/.exec(line)?.[1];
    if (url) return url;
  }
  throw new Error("the gateway ended before it said where it listens");
}

const begins = (url) => /\/v1\/streams(\?detach=true)?$/.test(url.href ?? url);

/** Sets the mock's settings on every generating request that the page sends. */
async function shape_mock(settings) {
  await page.route(begins, (route) => {
    const added = Object.entries(settings).map(([name, value]) => [`x-mock-${name}`, value]);
    return route.continue({ headers: { ...route.request().headers(), ...Object.fromEntries(added) } });
  });
}

/** Answers the page's fetch with these bytes, one at a time. */
async function answer_bytewise(text) {
  await page.addInitScript((body) => {
    const real = window.fetch;
    window.fetch = (url, options) => {
      if (options?.method !== "POST") return real(url, options);
      const bytes = new TextEncoder().encode(body);
      let next = 0;
      const stream = new ReadableStream({
        pull: (sink) => (next < bytes.length ? sink.enqueue(bytes.slice(next, ++next)) : sink.close()),
      });
      return Promise.resolve(new Response(stream, { headers: { "Content-Type": "text/event-stream" } }));
    };
  }, text);
}

async function read_with(way) {
  await page.click("#settings-toggle");
  await page.check(`input[value=${way}]`, { force: true });
  await page.click("#settings-toggle");
}

const text_of = (selector) => page.textContent(selector);
const state = (name) => page.waitForSelector(`#state[data-state=${name}]`);
const event_names = () => page.$$eval("#events .name", (names) => names.map((name) => name.textContent));

async function send(prompt) {
  await page.fill("#prompt", prompt);
  await page.press("#prompt", "Enter");
}

before(async () => {
  assert.ok(existsSync(chromium_path), `${chromium_path} is missing: install Debian's package chromium`);
  base_url = await start_gateway();
  browser = await chromium.launch({ executablePath: chromium_path, args: chromium_flags });
});

after(async () => {
  await browser?.close();
  if (gateway?.exitCode === null) {
    gateway.kill("SIGTERM");
    await once(gateway, "exit");
  }
});

beforeEach(async () => {
  page = await browser.newPage();
  page.setDefaultTimeout(15_000);
  faults = [];
  page.on("pageerror", (error) => faults.push(`exception: ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.origin !== new URL(base_url).origin) faults.push(`foreign: ${url.href}`);
  });
});

afterEach(async () => {
  await page.close();
  assert.deepEqual(faults, []);
});

test("the page arrives with a policy that allows its own style and script only", async () => {
  const response = await page.goto(base_url);
  const policy = await response.headerValue("content-security-policy");
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self'; style-src 'self';/);
  assert.match(policy, /require-trusted-types-for 'script'/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(await page.$$eval("[style], style, script:not([src])", (found) => found.length), 0);
  assert.equal(await page.title(), "Sluice");
});

test("models are listed, and the chosen one is asked", async () => {
  await page.goto(base_url);
  await page.waitForSelector("#model option[value=mock]", { state: "attached" });
  await page.selectOption("#model", "mock");
  const asked = page.waitForRequest("**/v1/streams");
  await send("Hello");
  assert.deepEqual((await asked).postDataJSON(), { model: "mock", messages: [{ role: "user", content: "Hello" }] });
  await state("done");
});

test("without a list of models the name is typed", async () => {
  await page.route("**/v1/models", (route) => route.fulfill({ status: 200, body: "no JSON" }));
  await page.goto(base_url);
  await page.waitForSelector("#model-name:visible");
  await page.getByLabel("Model").fill("mock");
  const asked = page.waitForRequest("**/v1/streams");
  await send("Hello");
  assert.equal((await asked).postDataJSON().model, "mock");
  await state("done");
});

test("a list of models that comes later takes the place of the typed name, and keeps it", async () => {
  let is_there = false;
  await page.route("**/v1/models", (route) => (is_there ? route.continue() : route.fulfill({ status: 200, body: "no JSON" })));
  await page.goto(base_url);
  await page.fill("#model-name", "mock");
  is_there = true;
  await send("Hello");
  await state("done");
  await page.waitForSelector("#model:visible");
  assert.equal(await page.inputValue("#model"), "mock");
});

test("where no keys are configured, none is asked for", async () => {
  await page.goto(base_url);
  await page.waitForSelector("#model:visible");
  assert.equal(await page.isVisible("#door"), false);
  assert.equal(await page.isVisible("#who"), false);
});

for (const way of ways) {
  describe(`read with ${way}`, () => {
    test("tokens appear one after the other, and done ends the stream", async () => {
      await shape_mock({ tokens: "200", rate: "40" }); // long enough to be looked at on a machine with much to do
      await page.goto(base_url);
      await read_with(way);
      await page.evaluate(() => {
        window.lengths = new Set();
        const note = () => window.lengths.add(document.querySelector("#answer")?.textContent.length);
        new MutationObserver(note).observe(document.querySelector("#conversation"), { childList: true, subtree: true });
      });
      await send("Hello");
      await page.waitForSelector("#answer .text");
      assert.equal(await page.isVisible("#stop"), true);
      await state("done");
      const lengths = await page.evaluate(() => [...window.lengths]);
      assert.ok(lengths.length >= 10, `the text grew in ${lengths.length} steps`);
      const names = await event_names();
      assert.deepEqual([names[0], names[1], names.at(-1)], ["start", "message", "done"]);
      assert.equal(await text_of("#finish"), "stop");
      assert.match(await text_of("#ttft"), /^\d+ ms$/);
      assert.match(await text_of("#rate"), /^\d+\.\d$/);
      assert.match(await text_of("#usage"), /^\d+ input, \d+ output$/);
      assert.equal(await page.isVisible("#stop"), false);
    });

    test("Stop ends the stream with a done that says cancelled, and keeps the text", async () => {
      await shape_mock(long_and_slow);
      await page.goto(base_url);
      await read_with(way);
      await send("Hello");
      await page.waitForSelector("#answer .text");
      await page.click("#stop");
      await state("stopped");
      assert.equal(await text_of("#finish"), "cancelled");
      assert.equal((await event_names()).at(-1), "done");
      assert.notEqual(await text_of("#answer .text"), "");
      assert.equal(await page.isVisible("#error"), false);
    });

    test("a failure inside the stream is shown beside the text that came before it", async () => {
      await shape_mock({ error: "truncate-after=5" });
      await page.goto(base_url);
      await read_with(way);
      await send("Hello");
      await state("bad");
      assert.equal(await text_of("#finish"), "error");
      assert.equal(await text_of("#error-title"), "The stream failed");
      assert.notEqual(await text_of("#error-text"), "");
      assert.notEqual(await text_of("#answer .text"), "");
      assert.equal((await event_names()).at(-1), "done");
    });

    test("a refused request is told, and the next one works", async () => {
      await shape_mock({ error: "503" });
      await page.goto(base_url);
      await read_with(way);
      await send("Hello");
      await state("bad");
      // A stream that is begun without a reader is refused in its own events.
      if (way === "fetch") {
        assert.match(await text_of("#error-text"), /\(HTTP 503\)$/);
        assert.match(faults.splice(0).join(), /^console: Failed to load resource.* 503 /);
      }
      assert.notEqual(await text_of("#error-text"), "");
      await page.unrouteAll();
      await page.click("#retry");
      await state("done");
      assert.equal(await page.isVisible("#error"), false);
      assert.equal(await page.$$eval(".turn", (turns) => turns.length), 1);
    });

    test("what the model writes stays text", async () => {
      const hostile = `<img src=x onerror="window.taken = 1"><script>window.taken = 1</script>&lt; \u2028"`;
      const frames = [["start", { id: "s", model: hostile }], ["message", { text: hostile }],
        ["message", { reasoning: hostile }], ["message", { refusal: hostile }],
        ["message", { tool_call: { index: 0, id: "c", name: hostile, arguments: hostile } }],
        ["message", { media: { type: `image/png" onerror="window.taken = 1`, data: "AAAA" } }],
        ["done", { finish_reason: "error", error: { message: hostile } }]];
      const body = frames.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join("");
      await page.route(/\/v1\/streams/, (route) => (route.request().url().endsWith("?detach=true")
        ? route.fulfill({ status: 202, contentType: "application/json", body: `{"id":"s"}` })
        : route.fulfill({ contentType: "text/event-stream", body })));
      await page.goto(base_url);
      await read_with(way);
      await send("Hello");
      await state("bad");
      assert.match(await text_of("#answer .text"), /^<img src=x onerror="window\.taken = 1"><script>/);
      assert.equal(await text_of("#answer .refusal"), hostile);
      assert.equal(await text_of("#answer .reasoning .plain"), hostile);
      assert.equal(await text_of("#answer .tool code"), hostile);
      assert.equal(await text_of("#error-text"), hostile);
      assert.equal(await page.$$eval("main img, main script", (found) => found.length), 0);
      assert.equal(await page.evaluate(() => window.taken), undefined);
    });
  });
}

test("an EventSource that has seen done does not connect again", async () => {
  let connections = 0;
  page.on("request", (request) => { connections += /\/v1\/streams\/[\w-]+/.test(request.url()) ? 1 : 0; });
  await page.goto(base_url);
  await read_with("eventsource");
  await send("Hello");
  await state("done");
  const again = page.waitForRequest("**/v1/streams/*", { timeout: 1500 });
  await assert.rejects(again, /Timeout/);
  assert.equal(connections, 1);
});

test("the page's parser reads every line ending, comment and character, byte by byte", async () => {
  await answer_bytewise(
    "\uFEFF: hello\r\rid: s/0\nevent: start\ndata: {\"id\":\"s\"}\n\n" +
    "id:s/1\r\ndata:{\r\ndata: \"text\":\"Gr\u00fc\u00dfe \u{1F30A}\"}\r\n\r\n" +
    "unknown: x\rdata: {\"text\":\" twice\"}\r\r" + ": beat\n" +
    "event: none\n\n" + "data: {\"text\":\" and more!\"}\n\n" +
    "event: done\ndata: {\"finish_reason\":\"length\"}\n\n");
  await page.goto(base_url);
  await send("Hello");
  await state("done");
  assert.equal((await text_of("#answer .text")).trim(), "Gr\u00fc\u00dfe \u{1F30A} twice and more!");
  assert.deepEqual(await event_names(),
    ["comment", "start", "message", "message", "comment", "message", "done"]);
  assert.deepEqual(await page.$$eval("#events .id", (ids) => ids.map((id) => id.textContent)),
    ["s/0", "s/1", "s/1", "s/1", "s/1"]);
  assert.equal(await text_of("#finish"), "length");
});

test("a stream without done is told as broken", async () => {
  await answer_bytewise("data: {\"text\":\"Hal\"}\n\ndata: {\"text\":\"lost\"}");
  await page.goto(base_url);
  await send("Hello");
  await state("bad");
  assert.equal(await text_of("#error-title"), "The stream broke off");
  assert.equal((await text_of("#answer .text")).trim(), "Hal");
});

test("reasoning, a tool call and a picture in parts are shown", async () => {
  const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const parts = [{ reasoning: "Let me " }, { reasoning: "think." },
    { tool_call: { index: 0, id: "c", name: "weather", arguments: "{\"city\":" } },
    { tool_call: { index: 0, arguments: "\"Oslo\"}" } },
    { media: { type: "image/png", data: png.slice(0, 40) } }, { media: { type: "image/png", data: png.slice(40) } }];
  await answer_bytewise(parts.map((part) => `data: ${JSON.stringify(part)}\n\n`).join("") +
    "event: done\ndata: {\"finish_reason\":\"tool_calls\"}\n\n");
  await page.goto(base_url);
  await send("Hello");
  await state("done");
  assert.equal(await text_of("#answer .reasoning .plain"), "Let me think.");
  assert.equal(await text_of("#answer .tool"), "Calls weather{\"city\":\"Oslo\"}");
  assert.equal(await page.$eval("#answer img", (image) => image.decode().then(() => image.naturalWidth)), 1);
});

test("Shift and Enter starts a new line and sends nothing", async () => {
  await page.goto(base_url);
  await page.fill("#prompt", "one");
  await page.press("#prompt", "Shift+Enter");
  await page.keyboard.type("two");
  assert.equal(await page.inputValue("#prompt"), "one\ntwo");
  assert.equal(await text_of("#state"), "Ready");
});

for (const width of [360, 768, 1440]) {
  test(`nothing runs over the edge at ${width} pixels`, async () => {
    await page.setViewportSize({ width, height: 800 });
    await answer_bytewise(`data: {"text":"${"x".repeat(3000)}"}\n\nevent: done\ndata: {"finish_reason":"stop"}\n\n`);
    await page.goto(base_url);
    await send("Hello");
    await state("done");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
  });
}
