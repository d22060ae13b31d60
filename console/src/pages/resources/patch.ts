// Patch operations from what was and what shall be.
import type { PatchOperation } from "../../api/apigateway_gen";

/** escape makes a segment of a JSON pointer. */
export function escape(segment: string): string {
  return segment.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** patchMap changes a map member by member. */
export function patchMap(
  path: string,
  was: Record<string, string | boolean> = {},
  shall: Record<string, string | boolean> = {},
): PatchOperation[] {
  const ops: PatchOperation[] = [];
  for (const name of Object.keys(was)) if (!(name in shall)) ops.push({ op: "remove", path: `${path}/${escape(name)}` });
  for (const [name, value] of Object.entries(shall)) {
    if (!(name in was)) ops.push({ op: "add", path: `${path}/${escape(name)}`, value: String(value) });
    else if (was[name] !== value) ops.push({ op: "replace", path: `${path}/${escape(name)}`, value: String(value) });
  }
  return ops;
}

/** patchList adds and removes members of a set. */
export function patchList(path: string, was: string[] = [], shall: string[] = []): PatchOperation[] {
  return [
    ...was.filter((v) => !shall.includes(v)).map((v) => ({ op: "remove", path: `${path}/${escape(v)}` })),
    ...shall.filter((v) => !was.includes(v)).map((v) => ({ op: "add", path: `${path}/${escape(v)}` })),
  ];
}

/** patchValue replaces one value; an empty one is removed where gone says so. */
export function patchValue(
  path: string,
  was: string | number | boolean | undefined,
  shall: string | number | boolean | undefined,
  gone: "remove" | "empty" = "empty",
): PatchOperation[] {
  const before = was === undefined ? "" : String(was);
  const after = shall === undefined ? "" : String(shall);
  if (before === after) return [];
  if (after === "" && gone === "remove") return [{ op: "remove", path }];
  return [{ op: "replace", path, value: after }];
}
