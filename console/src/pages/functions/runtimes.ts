// The runtimes to choose from, and the code that a new function starts with.

export const runtimes: { value: string; label: string; description?: string }[] = [
  { value: "nodejs24.x", label: "Node.js 24.x" },
  { value: "nodejs22.x", label: "Node.js 22.x" },
  { value: "nodejs20.x", label: "Node.js 20.x" },
  { value: "python3.14", label: "Python 3.14" },
  { value: "python3.13", label: "Python 3.13" },
  { value: "python3.12", label: "Python 3.12" },
  { value: "python3.11", label: "Python 3.11" },
  { value: "provided.al2023", label: "Amazon Linux 2023" },
  { value: "nodejs18.x", label: "Node.js 18.x", description: "Deprecated on AWS" },
  { value: "nodejs16.x", label: "Node.js 16.x", description: "Deprecated on AWS" },
  { value: "nodejs14.x", label: "Node.js 14.x", description: "Deprecated on AWS" },
  { value: "nodejs12.x", label: "Node.js 12.x", description: "Deprecated on AWS" },
  { value: "nodejs10.x", label: "Node.js 10.x", description: "Deprecated on AWS" },
  { value: "nodejs8.10", label: "Node.js 8.10", description: "Deprecated on AWS" },
  { value: "nodejs6.10", label: "Node.js 6.10", description: "Deprecated on AWS" },
  { value: "nodejs4.3", label: "Node.js 4.3", description: "Deprecated on AWS" },
  { value: "python3.10", label: "Python 3.10", description: "Deprecated on AWS" },
  { value: "python3.9", label: "Python 3.9", description: "Deprecated on AWS" },
];

const esModule = `export const handler = async (event) => {
  // TODO implement
  const response = {
    statusCode: 200,
    body: JSON.stringify("Hello from Lambda!"),
  };
  return response;
};
`;

const commonJS = `exports.handler = (event, context, callback) => {
  // TODO implement
  callback(null, {
    statusCode: 200,
    body: JSON.stringify("Hello from Lambda!"),
  });
};
`;

const python = `import json

def lambda_handler(event, context):
    # TODO implement
    return {
        'statusCode': 200,
        'body': json.dumps('Hello from Lambda!')
    }
`;

const custom = `#!/bin/sh
# Asks the Runtime API for one event after the other and answers each with itself.
set -eu
api="http://\${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation"
while true; do
  headers=$(mktemp)
  event=$(curl -sS -D "$headers" "$api/next")
  id=$(grep -i '^lambda-runtime-aws-request-id:' "$headers" | tr -d '[:space:]' | cut -d: -f2)
  curl -sS -o /dev/null -d "$event" "$api/$id/response"
done
`;

/** starter is the file and handler that a new function of a runtime has. AWS: Node.js from 18 on starts with an ES module. */
export function starter(runtime: string): { file: string; text: string; handler: string; executable?: boolean } {
  if (runtime.startsWith("python")) return { file: "lambda_function.py", text: python, handler: "lambda_function.lambda_handler" };
  if (runtime.startsWith("provided")) return { file: "bootstrap", text: custom, handler: "bootstrap", executable: true };
  const major = Number(/^nodejs(\d+)/.exec(runtime)?.[1] ?? "0");
  return major >= 18
    ? { file: "index.mjs", text: esModule, handler: "index.handler" }
    : { file: "index.js", text: commonJS, handler: "index.handler" };
}

/** moduleMistake says when a file's name and its way to export do not go together. */
export function moduleMistake(file: string, text: string): { message: string; rename: string } | undefined {
  if (file.endsWith(".mjs") && /^\s*(module\.)?exports\b[.[\s=]/m.test(text))
    return {
      message: `${file} is an ES module, in which exports is not defined. As ${file.replace(/\.mjs$/, ".js")} it is a CommonJS module.`,
      rename: file.replace(/\.mjs$/, ".js"),
    };
  if (file.endsWith(".js") && /^\s*export\s+(const|default|async|function|let|\{)/m.test(text))
    return {
      message: `${file} is a CommonJS module, in which export is not allowed. As ${file.replace(/\.js$/, ".mjs")} it is an ES module.`,
      rename: file.replace(/\.js$/, ".mjs"),
    };
  return undefined;
}
