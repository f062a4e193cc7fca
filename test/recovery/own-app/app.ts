/** Another server than ours: CommonJS, another health path, and it says what it was given. */
export const serverOf = (version: string, first = ''): string => `
  const { GREETING, KEY, TOKEN, HOST, PORT } = process.env;
  ${first}
  require('node:http')
    .createServer((request, response) => {
      response.statusCode = request.url.endsWith('/up') || request.url === '/' ? 200 : 404;
      const version = '${version}';
      response.end(JSON.stringify({ version, greeting: GREETING, key: KEY, token: TOKEN, arguments: process.argv.slice(2) }));
    })
    .listen(Number(PORT), HOST);
  process.on('SIGTERM', () => process.exit(0));
`;

/** The app's folder in the source, instead of ours; `tests` is what its `npm test` runs. */
export const folder = (version: string, { first = '', tests = 'true' } = {}): Readonly<Record<string, string>> => ({
  'app/Dockerfile': 'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nCOPY server.cjs /srv/server.cjs\n',
  'app/package.json': JSON.stringify({ name: 'shop', version: '1.0.0', scripts: { test: tests } }),
  'app/package-lock.json': JSON.stringify({ name: 'shop', version: '1.0.0', lockfileVersion: 3, packages: {} }),
  'app/server.cjs': serverOf(version, first),
});
