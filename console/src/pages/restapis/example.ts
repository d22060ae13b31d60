// The example API: one GET that a mock answers, with a parameter and a mapping.
export const example = JSON.stringify(
  {
    openapi: "3.0.1",
    info: { title: "Greeting", version: "2026-01-01", description: "Greets by name; a mock integration answers." },
    paths: {
      "/greeting": {
        get: {
          parameters: [{ name: "name", in: "query", required: false, schema: { type: "string" } }],
          responses: {
            200: { description: "200 response", content: { "application/json": { schema: { $ref: "#/components/schemas/Greeting" } } } },
          },
          "x-amazon-apigateway-integration": {
            type: "mock",
            requestTemplates: { "application/json": '{"statusCode": 200}' },
            responses: {
              default: {
                statusCode: "200",
                responseTemplates: {
                  "application/json":
                    '#set($name = $input.params(\'name\'))\n{\n  "greeting": "Hello, #if($name == "")world#else$util.escapeJavaScript($name)#end!"\n}',
                },
              },
            },
            passthroughBehavior: "when_no_templates",
          },
        },
      },
    },
    components: { schemas: { Greeting: { type: "object", properties: { greeting: { type: "string" } } } } },
  },
  null,
  2,
);
