// What the pages of functions compute.
import { expect, test } from "vitest";
import { report } from "../src/pages/functions/report";
import { moduleMistake, starter } from "../src/pages/functions/runtimes";
import { crc32, isText, newEntry, unzip, zip } from "../src/pages/functions/zip";

test("crc32 of the check value", () => expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926));

test("what is zipped comes back", async () => {
  const entries = [
    newEntry("index.mjs", "export const handler = 1;\n"),
    { ...newEntry("lib/ä.txt", "x".repeat(10_000)), attributes: (0o100755 << 16) >>> 0 },
    newEntry("empty", ""),
  ];
  const packed = await zip(entries);
  expect(await unzip(packed)).toEqual(entries);
  expect(packed).toEqual(await zip(entries)); // the same code, the same bytes
});

test("what is not a zip", async () => {
  await expect(unzip(new Uint8Array(100))).rejects.toThrow("not a zip file");
});

test("what an editor can show", () => {
  expect(isText(new TextEncoder().encode("ä"))).toBe(true);
  expect(isText(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0]))).toBe(false);
  expect(isText(new Uint8Array([0xff, 0xfe]))).toBe(false);
});

test.each([
  ["nodejs22.x", "index.mjs", "index.handler"],
  ["nodejs18.x", "index.mjs", "index.handler"],
  ["nodejs6.10", "index.js", "index.handler"],
  ["python3.12", "lambda_function.py", "lambda_function.lambda_handler"],
  ["provided.al2023", "bootstrap", "bootstrap"],
])("what %s starts with", (runtime, file, handler) => expect(starter(runtime)).toMatchObject({ file, handler }));

test.each([
  ["index.mjs", "exports.handler = function () {}", "index.js"],
  ["index.mjs", "module.exports = {}", "index.js"],
  ["index.mjs", "export const handler = 1", undefined],
  ["index.js", "export const handler = async () => {}", "index.mjs"],
  ["index.js", "exports.handler = () => {}", undefined],
])("modules: %s with %s", (file, text, rename) => expect(moduleMistake(file, text)?.rename).toBe(rename));

test("a report", () => {
  const log =
    "START RequestId: a Version: $LATEST\nEND RequestId: a\nREPORT RequestId: a\tDuration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\tInit Duration: 90.00 ms\t\n";
  expect(report(log)).toEqual({ requestId: "a", duration: "1.50 ms", billed: "2 ms", memory: "128 MB", used: "30 MB", init: "90.00 ms" });
  expect(report("")).toEqual({});
});
