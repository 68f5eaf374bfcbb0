/* Tailwind, then the same rules for browsers from 2017: node static/build.mjs SOURCE TARGET …
   Driven by deploy/build_css.py. */
import { readFile, writeFile } from "node:fs/promises";
import cascadeLayers from "@csstools/postcss-cascade-layers";
import tailwind from "@tailwindcss/postcss";
import { transform } from "lightningcss";
import postcss from "postcss";

const version = (major, minor = 0) => (major << 16) | (minor << 8);
const targets = { ios_saf: version(10, 3), safari: version(10, 1), chrome: version(61), firefox: version(60) };

/* Rules that only help browsers which understand them, but that old parsers stumble over. */
const withoutNovelties = {
  postcssPlugin: "without-novelties",
  OnceExit(root) {
    root.walkAtRules((rule) => {
      const isNovel = rule.name === "property" || (rule.name === "supports" && /color-mix|oklch/.test(rule.toString()));
      if (isNovel) rule.remove();
    });
  },
};

/* Text grows with the size a person chose and with the browser's own: 15px in a source is 0.9375rem. */
const TEXT = new Set(["font", "font-size", "line-height"]);
const textInRem = {
  postcssPlugin: "text-in-rem",
  OnceExit(root) {
    root.walkDecls((line) => {
      if (!TEXT.has(line.prop)) return;
      line.value = line.value.replace(/\b(\d*\.?\d+)px\b/g, (_, px) => `${px / 16}rem`);
    });
  },
};

async function build(source, target) {
  const text = await readFile(source, "utf8");
  const steps = [tailwind({ optimize: false }), withoutNovelties, textInRem, cascadeLayers()];
  const made = await postcss(steps).process(text, { from: source, to: target });
  const { code } = transform({ filename: target, code: Buffer.from(made.css), minify: true, targets });
  await writeFile(target, code);
}

const pairs = process.argv.slice(2);
for (let at = 0; at < pairs.length; at += 2) await build(pairs[at], pairs[at + 1]);
