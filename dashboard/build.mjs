// Builds the page that the publisher fills: one file with its styles and script inside, and {{DATA}} where the data goes.
// The same sources and lock file give the same bytes.

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const TARGET = new URL("../layers/core/retail_etl/publishing/page.html", import.meta.url);
const here = (path) => new URL(path, import.meta.url);

async function bundle(entry, loader) {
  const { outputFiles } = await build({
    absWorkingDir: here(".").pathname,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    legalComments: "none", // the notice below stands for them all
    charset: "utf8",
    loader,
  });
  return outputFiles[0].text.trim();
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

async function notice() {
  const licence = async (name, file) => `${name}\n${(await readFile(here(`node_modules/${file}`), "utf8")).trim()}`;
  const { version } = JSON.parse(await readFile(here("node_modules/echarts/package.json"), "utf8"));
  const texts = [
    `The script below contains Apache ECharts ${version}, under the Apache License 2.0 (https://www.apache.org/licenses/LICENSE-2.0).`,
    (await readFile(here("node_modules/echarts/NOTICE"), "utf8")).trim(),
    await licence("It contains ZRender:", "zrender/LICENSE"),
    await licence("It contains parts of d3:", "echarts/licenses/LICENSE-d3"),
    await licence("It contains tslib:", "tslib/LICENSE.txt"),
  ];
  return texts.join("\n\n").replaceAll("--", "- -");
}

const script = await bundle("src/main.ts", {});
const style = await bundle("src/style.css", {});
if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style)) throw new Error("the bundle would end its own element");

const csp = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const parts = { CSP: csp, NOTICE: await notice(), STYLE: style, SCRIPT: script };
let page = await readFile(here("src/index.html"), "utf8");
for (const [name, text] of Object.entries(parts)) page = page.replace(`{{${name}}}`, () => text);
await writeFile(TARGET, page);
console.log(`${TARGET.pathname}: ${Math.round(page.length / 1024)} KB`);
