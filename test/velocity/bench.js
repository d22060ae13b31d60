// Measures velocityjs with vtl's benchmark templates, as Bench.java does Velocity.
// Usage: node bench.js <folder of velocityjs> <folder of templates> <template>…
const fs = require('fs');
const path = require('path');
const [modules, folder, ...names] = process.argv.slice(2);
const velocity = require(path.join(modules, 'node_modules', 'velocityjs'));
const Compile = velocity.Compile || velocity.default.Compile;
const parse = velocity.parse || velocity.default.parse;

const WARM_ROUNDS = 6, TIMED_ROUNDS = 9, ROUND_MS = 400;
const values = JSON.parse(fs.readFileSync(path.join(folder, 'input.json'), 'utf8'));
const input = { params: (name) => values.params[name], path: () => values.path };
const render = (ast) => new Compile(ast).render({ input });

function round(ast) {
  const start = process.hrtime.bigint(), cpu = process.cpuUsage();
  let count = 0, length = 0;
  while (Number(process.hrtime.bigint() - start) < ROUND_MS * 1e6) {
    for (let i = 0; i < 10; i++, count++) length += render(ast).length;
  }
  if (length === 0) throw new Error('nothing rendered');
  const used = process.cpuUsage(cpu);
  return (used.user + used.system) * 1000 / count;
}

for (const name of names) {
  const ast = parse(fs.readFileSync(path.join(folder, name + '.vtl'), 'utf8'));
  for (let i = 0; i < WARM_ROUNDS; i++) round(ast);
  const nanos = Array.from({ length: TIMED_ROUNDS }, () => round(ast)).sort((a, b) => a - b);
  const output = render(ast).replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  console.log([name, Math.round(nanos[0]), output].join('\t'));
}
