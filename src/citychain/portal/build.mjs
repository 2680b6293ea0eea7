// Builds the portal's assets: one file for each entry below, named by its content, compressed beside it for browsers that
// take it so (.br, .gz), and manifest.json that maps names.
// Run: node src/citychain/portal/build.mjs
import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "static", "build");
const entries = { app: "app.js", sign: "sign.js", scan: "scan.js", map: "map.js", "map-worker": "maplibre-gl/dist/maplibre-gl-worker.mjs", style: "style.css", "map-style": "map.css" };

const result = await build({
  absWorkingDir: here,
  entryPoints: Object.entries(entries).map(([name, file]) => ({ in: file.includes("/") ? file : join(here, "static_src", file), out: name })),
  outdir: out,
  write: false,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  legalComments: "none",
  logLevel: "warning",
});

const manifest = {};
const files = result.outputFiles.map(({ path, contents }) => {
  const name = path.slice(out.length + 1);
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 12);
  const dot = name.lastIndexOf(".");
  manifest[name] = `${name.slice(0, dot)}.${hash}${name.slice(dot)}`;
  return [manifest[name], contents];
});
const draft = `${out}.draft`;
rmSync(draft, { recursive: true, force: true });
mkdirSync(draft, { recursive: true });
for (const [name, contents] of files) {
  writeFileSync(join(draft, name), contents);
  writeFileSync(join(draft, `${name}.br`), brotliCompressSync(contents));
  writeFileSync(join(draft, `${name}.gz`), gzipSync(contents, { level: 9 }));
}
writeFileSync(join(draft, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
rmSync(out, { recursive: true, force: true });
renameSync(draft, out);
