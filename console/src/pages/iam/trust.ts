// Trust policies: who may take on a role.

export function serviceTrust(...services: string[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: services.length === 1 ? services[0] : services }, Action: "sts:AssumeRole" }],
  });
}

export const lambdaTrust = serviceTrust("lambda.amazonaws.com");

/** decodeDocument reads a policy document as IAM gives it: URL-encoded. */
export function decodeDocument(text: string | undefined): string {
  if (text === undefined) return "";
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** trusted lists who a trust policy names, in a few words. */
export function trusted(document: string | undefined): string {
  try {
    const doc = JSON.parse(decodeDocument(document)) as { Statement?: unknown };
    const statements = (Array.isArray(doc.Statement) ? doc.Statement : [doc.Statement]) as {
      Principal?: string | Record<string, string | string[]>;
    }[];
    const names = statements.flatMap((s) =>
      typeof s.Principal === "string"
        ? ["Everyone"]
        : Object.entries(s.Principal ?? {}).flatMap(([kind, v]) =>
            [v].flat().map((n) => (kind === "Service" ? `AWS service: ${n.replace(".amazonaws.com", "")}` : n)),
          ),
    );
    return [...new Set(names)].join(", ");
  } catch {
    return "-";
  }
}
