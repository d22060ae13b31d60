// How dates and sizes read.

const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** when prints epoch seconds (or milliseconds, or AWS's text) as local time. */
export function when(t: number | string | undefined): string {
  if (t === undefined || t === "") return "-";
  const d = typeof t === "string" ? new Date(t.replace(/([+-]\d\d)(\d\d)$/, "$1:$2")) : new Date(t > 1e11 ? t : t * 1000);
  return Number.isNaN(d.getTime()) ? String(t) : dateTime.format(d);
}

export function size(bytes: number | undefined): string {
  if (bytes === undefined) return "-";
  if (bytes < 1000) return `${bytes} byte${bytes === 1 ? "" : "s"}`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** pretty indents JSON without touching its numbers and strings; other text stays as it is. */
export function pretty(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let out = "";
  let depth = 0;
  let opened = false; // the last token opened an object or a list
  const line = () => "\n" + "  ".repeat(depth);
  for (const [token] of text.matchAll(/"(?:[^"\\]+|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    const opens = token === "{" || token === "[";
    const closes = token === "}" || token === "]";
    if (closes) depth--;
    if (opened !== closes) out += line(); // nothing stands between what opens and closes an empty one
    if (opens) depth++;
    opened = opens;
    out += token === "," ? token + line() : token === ":" ? ": " : token;
  }
  return out;
}
