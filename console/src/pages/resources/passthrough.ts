// When a request body that no template maps goes on as it is.
export const passthrough: { value: string; label: string }[] = [
  { value: "WHEN_NO_MATCH", label: "When no template matches the request content-type header" },
  { value: "WHEN_NO_TEMPLATES", label: "When there are no templates defined (recommended)" },
  { value: "NEVER", label: "Never" },
];

export function passthroughLabel(value: string | undefined): string {
  return passthrough.find((p) => p.value === (value ?? "WHEN_NO_MATCH"))?.label ?? String(value);
}
