import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defineConfig } from 'rolldown';

/**
 * `npm run bundle`: the program with what it uses of its packages, as the image carries it. Beside it go the licences
 * and a CycloneDX list of exactly those packages, for bundling hides them from scanners.
 */
const FOLDER = 'bundle';
const ROOT = import.meta.dirname;
const SOURCES = join(ROOT, 'src');

export default defineConfig({
  // Replays start threads from a file of their own, which keeps its place.
  input: { main: 'src/main.ts', 'replay/worker': 'src/replay/worker.ts' },
  platform: 'node',
  output: {
    dir: FOLDER,
    format: 'esm',
    entryFileNames: 'dist/[name].js',
    chunkFileNames: 'dist/[name].js',
    // Names stay, for stack traces are read by people.
    minify: { compress: true, mangle: false, codegen: true },
  },
  plugins: [places(), contents()],
});

/** Modules that look for files do so from where they would be without a bundle. */
function places() {
  return {
    name: 'places',
    transform(code, id) {
      if (!id.startsWith(`${SOURCES}/`) || !code.includes('import.meta.url')) return undefined;
      const place = relative(SOURCES, id).replace(/\.ts$/, '.js');
      return code.replaceAll('import.meta.url', `new URL('${place}', import.meta.url).href`);
    },
  };
}

/** Writes what belongs beside the program; refuses a package that is for development only. */
function contents() {
  return {
    name: 'contents',
    buildStart: () => rmSync(FOLDER, { recursive: true, force: true }),
    generateBundle(_options, bundle) {
      const packages = packagesOf(Object.values(bundle).flatMap((chunk) => chunk.moduleIds ?? []));
      const files = {
        'package.json': ownManifest(),
        'sbom.cdx.json': toJson(billOfMaterials(packages)),
        'THIRD-PARTY-LICENSES.txt': packages.map(licenceText).join('\n'),
      };
      for (const [fileName, source] of Object.entries(files))
        this.emitFile({ type: 'asset', fileName, source });
    },
    closeBundle() {
      cpSync('examples', `${FOLDER}/examples`, { recursive: true });
      cpSync('LICENSE', `${FOLDER}/LICENSE`);
    },
  };
}

/** The packages modules come from, each with its manifest, in the order of their names. */
function packagesOf(moduleIds) {
  const lock = readJson('package-lock.json').packages;
  const folders = new Set(
    moduleIds.flatMap((id) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0] ?? []),
  );
  return [...folders]
    .map((folder) => {
      const { name, version, license } = readJson(join(folder, 'package.json'));
      const locked = lock[relative(ROOT, folder)];
      if (locked === undefined || locked.dev === true)
        throw new Error(`${name} is in the bundle, and not a dependency of the program`);
      return { folder, name, version, license };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What the program and Node read of it. */
function ownManifest() {
  const { name, version, license, type } = readJson('package.json');
  return toJson({ name, version, license, type });
}

/** Source: CycloneDX 1.5, https://cyclonedx.org/docs/1.5/json/ */
function billOfMaterials(packages) {
  const { name, version } = readJson('package.json');
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'application', name, version, 'bom-ref': name } },
    components: packages.map((one) => ({
      type: 'library',
      name: one.name,
      version: one.version,
      purl: `pkg:npm/${one.name.replace('@', '%40')}@${one.version}`,
      ...(typeof one.license === 'string' ? { licenses: [{ expression: one.license }] } : {}),
    })),
  };
}

function licenceText({ folder, name, version, license }) {
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text =
    file === undefined ? `Licence: ${String(license)}\n` : readFileSync(join(folder, file), 'utf8');
  return `== ${name} ${version}\n\n${text}`;
}

function toJson(value) {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}
