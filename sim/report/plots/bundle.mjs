// SPDX-License-Identifier: Apache-2.0
// bundle.mjs FOLDER: writes FOLDER/plots.js, and the licences of all that is in it. Run by `make report-plots`
// where node_modules is.
import * as esbuild from "esbuild";
import fs from "node:fs";
import path from "node:path";

const folder = process.argv[2];
const result = await esbuild.build({
  entryPoints: ["entry.js"],
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "Plot",
  charset: "utf8",
  legalComments: "none",
  banner: { js: "// Observable Plot and what it needs, by make report-plots. Licences: plots.licences.txt" },
  outfile: path.join(folder, "plots.js"),
  metafile: true,
});
const names = new Set();
for (const input of Object.keys(result.metafile.inputs)) {
  const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) names.add(found[1]);
}
let text = "What draws in this page, and on which terms.\n";
for (const name of [...names].sort()) {
  const at = path.join("node_modules", name);
  const { version, license } = JSON.parse(fs.readFileSync(path.join(at, "package.json"), "utf8"));
  const file = fs.readdirSync(at).find((entry) => /^licen[cs]e/i.test(entry));
  const terms = file ? fs.readFileSync(path.join(at, file), "utf8").trim() : `(by its package: ${license})`;
  text += `\n=== ${name} ${version}\n\n${terms.replace(/\r/g, "").replace(/[ \t]+$/gm, "")}\n`;
}
fs.writeFileSync(path.join(folder, "plots.licences.txt"), text);
