// Makes the input of TestInvokeMethod from what was typed.

/** parameters lists the path parameters of a resource, greedy ones with their plus. */
export function parameters(path: string): string[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map((m) => m[1] ?? "");
}

/** pathWith puts values into a path. What is typed goes as it is; only what would end the segment is encoded. */
export function pathWith(path: string, values: Record<string, string>): string {
  return path.replace(/\{([^}]+)\}/g, (whole, name: string) => {
    const value = values[name] ?? "";
    if (value === "") return whole;
    return name.endsWith("+") ? value.replace(/[?#\s]/g, encodeURIComponent) : value.replace(/[/?#\s]/g, encodeURIComponent);
  });
}

/** withQuery appends a query string as typed. */
export function withQuery(path: string, query: string): string {
  const q = query.trim().replace(/^\?/, "");
  return q === "" ? path : `${path}?${q}`;
}

/** headers reads lines of name:value; a name given twice has several values. */
export function headers(text: string): { headers?: Record<string, string>; multiValueHeaders?: Record<string, string[]>; wrong?: string } {
  const all: Record<string, string[]> = {};
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const i = line.indexOf(":");
    if (i <= 0) return { wrong: `"${line.trim()}" is not name:value.` };
    (all[line.slice(0, i).trim()] ??= []).push(line.slice(i + 1).trim());
  }
  const names = Object.keys(all);
  if (names.length === 0) return {};
  if (names.every((n) => all[n]?.length === 1)) return { headers: Object.fromEntries(names.map((n) => [n, all[n]?.[0] ?? ""])) };
  return { multiValueHeaders: all };
}
