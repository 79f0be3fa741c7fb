// Opens every page in Chromium and looks at it as a reader would.
//
//   node check.mjs PAGES SCREENSHOTS
//
// CHROMIUM names the browser, /usr/bin/chromium where it is not set.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [pages, screenshots] = process.argv.slice(2).map((path) => resolve(path));
const names = readdirSync(pages).filter((name) => name.endsWith(".html")).sort();
mkdirSync(screenshots, { recursive: true });
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});

/** Opens a page and hands it over; whatever it complains of or asks for fails the check. */
async function look(name, how, see) {
  const complaints = [];
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...how });
  const page = await context.newPage();
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  const own = pathToFileURL(join(pages, name)).href;
  page.on("request", (request) => {
    if (request.url() !== own) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(own);
  const seen = await see(page);
  assert.deepEqual(complaints, [], name);
  await context.close();
  return seen;
}

const shoot = (page, name, fullPage = true) =>
  page.screenshot({ path: join(screenshots, `${name}.png`), fullPage });
const shown = (page, selector) => page.locator(selector).filter({ visible: true }).count();

const checks = {
  async "opens every page without a complaint and without a request"() {
    assert.ok(names.length > 50, `${names.length} pages`);
    for (const name of names) {
      await look(name, {}, async (page) => {
        assert.ok(await shown(page, "article.tunnel") > 0, name);
        await page.click("[data-open]");
        assert.equal(await page.locator("article details:not([open])").count(), 0, name);
      });
    }
  },

  async "fits every screen without scrolling sideways"() {
    for (const width of [360, 768, 1920]) {
      for (const name of ["hub.html", "ike2-psk-mismatch.html", "ike2-child-rekey.html"]) {
        await look(name, { viewport: { width, height: 800 } }, async (page) => {
          await page.click("[data-open]");
          const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
          assert.ok(wide <= 0, `${name} is ${wide} too wide at ${width}`);
        });
      }
    }
  },

  async "filters, chooses and sorts the tunnels of a hub"() {
    await look("hub.html", {}, async (page) => {
      const rows = "#list tbody tr";
      assert.equal(await shown(page, rows), 1000);
      await page.keyboard.press("/");
      const took = await page.evaluate(() => {
        const began = performance.now();
        const box = document.activeElement;
        box.value = "10.9.1.9";
        box.dispatchEvent(new Event("input", { bubbles: true }));
        document.body.getBoundingClientRect();
        return performance.now() - began;
      });
      console.log(`  filtered 1,000 tunnels in ${took.toFixed(0)} ms`);
      // 10.9.1.9 and 10.9.1.90 to 10.9.1.99.
      assert.equal(await shown(page, rows), 11);
      assert.match(await page.textContent("#shown"), /11 of 1000/);
      await page.keyboard.press("Escape");
      assert.equal(await shown(page, rows), 1000);
      await page.click("[data-chip=broken]");
      assert.equal(await shown(page, rows), 10);
      await page.click("[data-chip=rejected]");
      assert.equal(await shown(page, rows), 4);
      assert.equal(await shown(page, "article.tunnel"), 4);
      await page.click("[data-chip='']");
      await page.click("th[scope=col] >> nth=0");
      const first = () => page.textContent("#list tbody tr:first-child th");
      assert.equal(await first(), "10.9.0.0");
      await page.click("th[scope=col] >> nth=0");
      assert.equal(await first(), "10.9.3.231");
      assert.equal(await page.getAttribute("th[scope=col] >> nth=0", "aria-sort"), "descending");
      await page.click("#list tbody tr:first-child button");
      assert.match(await page.textContent("#list .opened"), /tunnel up in .* ESP flows both ways/);
    });
  },

  async "leads to reports and messages by link and by key"() {
    await look("hub.html", {}, async (page) => {
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      const at = () => page.evaluate(() => document.activeElement.id);
      const second = await page.getAttribute("article.tunnel >> nth=1", "id");
      assert.equal(await at(), second);
      await page.keyboard.press("k");
      assert.notEqual(await at(), second);
      await page.click("[data-chip=rejected]");
      await page.evaluate(() => { location.hash = "#t-10.9.0.0"; });
      await page.locator("[id='t-10.9.0.0']").waitFor({ state: "visible" });
      await page.keyboard.press("?");
      assert.ok(await page.isVisible("#keys"));
    });
    await look("ike2-psk-mismatch.html", {}, async (page) => {
      await page.focus("a.row >> nth=3");
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.querySelector("#m-1-6").open);
      assert.match(await page.textContent("#m-1-6 pre"), /IKE_AUTH response/);
    });
  },

  async "copies evidence, commands and filters"() {
    const how = { permissions: ["clipboard-read", "clipboard-write"] };
    await look("ike2-psk-mismatch.html", how, async (page) => {
      const copied = async (button) => {
        await page.click(button);
        await page.waitForFunction((is) => document.querySelector(is).textContent === "copied", button);
        return page.evaluate(() => navigator.clipboard.readText());
      };
      assert.match(await copied("[data-copy-story]"), /REJECTED in IKE_AUTH: .*\n {2}IKE303 .*\n {2}evidence {2}#6 @28 /);
      assert.match(await copied(".tools [data-copy]"), /^frame\.number in \{5\.\.6\}$/);
    });
  },

  async "tells times as the reader wants them"() {
    await look("ike2-psk-mismatch.html", { timezoneId: "Asia/Tokyo" }, async (page) => {
      const time = () => page.textContent("text.time >> nth=0");
      assert.equal(await time(), "+0.000");
      await page.click("[data-time=utc]");
      assert.equal(await time(), "06:58:47.751");
      await page.click("[data-time=local]");
      assert.equal(await time(), "15:58:47.751");
      await page.click("[data-time=relative]");
      assert.equal(await time(), "+0.000");
    });
  },

  async "is whole without JavaScript"() {
    await look("hub.html", { javaScriptEnabled: false }, async (page) => {
      assert.equal(await shown(page, "article.tunnel"), 10);
      assert.ok(await page.isVisible("noscript .hint"));
      await page.click("article details summary >> nth=0");
      assert.equal(await page.locator("article details[open]").count(), 1);
    });
  },

  async "is read aloud, reached by keyboard and seen by everyone (axe, WCAG 2.2 AA)"() {
    for (const name of ["hub.html", "ike2-psk-mismatch.html", "ike2-no-proposal-chosen.html", "ike2-child-rekey.html", "ike2-nat-ok.html"]) {
      for (const colorScheme of ["light", "dark"]) {
        await look(name, { colorScheme }, async (page) => {
          await page.click("[data-open]");
          await page.evaluate(axe);
          // The arrows of a ladder are named in words for those who do not see them.
          const found = await page.evaluate(() => axe.run(document, {
            rules: { "label-content-name-mismatch": { enabled: false } },
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
          }));
          const told = found.violations.map((one) => `${one.id}: ${one.nodes.length} x ${one.nodes[0].html} ${one.nodes[0].failureSummary}`);
          assert.deepEqual(told, [], `${name} ${colorScheme}`);
        });
      }
    }
  },

  async "scrolls smoothly through a thousand tunnels"() {
    await look("hub.html", {}, async (page) => {
      const frames = await page.evaluate(() => new Promise((done) => {
        const times = [];
        const step = (now) => {
          times.push(now);
          scrollBy({ top: 400, behavior: "instant" });
          if (times.length < 90) requestAnimationFrame(step);
          else done(times.slice(1).map((time, index) => time - times[index]).sort((a, b) => a - b));
        };
        requestAnimationFrame(step);
      }));
      const median = frames[frames.length >> 1];
      console.log(`  a frame every ${median.toFixed(1)} ms, the slowest ${frames.at(-1).toFixed(0)} ms`);
      assert.ok(median < 50, `${median} ms`);
    });
  },

  async "prints on A4 and Letter with everything open"() {
    await look("ike2-psk-mismatch.html", {}, async (page) => {
      await page.emulateMedia({ media: "print" });
      await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
      assert.equal(await shown(page, "button"), 0);
      assert.ok(await page.isVisible("svg.nat"));
      await shoot(page, "print");
      await page.evaluate(() => dispatchEvent(new Event("afterprint")));
      assert.ok(!await page.isVisible("svg.nat"));
      for (const format of ["A4", "Letter"]) {
        await page.pdf({ format, path: join(screenshots, `print-${format}.pdf`) });
      }
    });
  },

  async "leaves screenshots to look at"() {
    for (const colorScheme of ["light", "dark"]) {
      for (const name of ["hub", "ike2-psk-mismatch", "ike2-child-rekey", "ike2-nat-ok", "ike2-no-proposal-chosen", "ike2-esp-one-way"]) {
        await look(`${name}.html`, { colorScheme }, async (page) => {
          if (name !== "hub") await page.click("[data-open]");
          else await page.click("[data-chip=broken]");
          // What is far below is not drawn before it is scrolled to.
          await shoot(page, `${name}-${colorScheme}`, name !== "hub");
        });
      }
    }
    await look("ike2-psk-mismatch.html", { viewport: { width: 390, height: 800 } }, (page) => shoot(page, "phone"));
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}
await browser.close();
process.exit(failed > 0 ? 1 : 0);
