// node record.mjs: answers in cases.out what JavaScript's RegExp, without flags, makes of cases.txt.
// "P pattern" is answered ok or syntax, "I input" the index of the first match and its groups, or "none".
// %XX stands for the UTF-16 code unit XX, %{XXXX} for any other.
import fs from 'node:fs';
const decode = s => s.replace(/%\{([0-9A-F]+)\}|%([0-9A-F]{2})/g, (_, a, b) => String.fromCharCode(parseInt(a || b, 16)));
const encode = s => s.replace(/[\0-\x1f%:\x7f\-\x85\u2028\u2029]/g, c => {
  const h = c.charCodeAt(0).toString(16).toUpperCase();
  return h.length > 2 || c === '\x85' ? `%{${h.padStart(4, '0')}}` : '%' + h.padStart(2, '0');
});
let re = null;
const out = fs.readFileSync('cases.txt', 'utf8').trimEnd().split('\n').map(line => {
  const rest = decode(line.slice(2));
  if (line[0] === 'P') {
    try { re = new RegExp(rest); return 'ok'; } catch { re = null; return 'syntax'; }
  }
  if (!re || line[0] !== 'I') return '';
  const m = re.exec(rest);
  return m ? [[...rest.slice(0, m.index)].length, ...m.map(g => g === undefined ? '-' : encode(g))].join(':') : 'none';
});
fs.writeFileSync('cases.out', out.join('\n') + '\n');
