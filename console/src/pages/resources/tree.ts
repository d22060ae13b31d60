// The resources of an API as a tree.
import type { Method, Resource } from "../../api/apigateway_gen";

export interface Node {
  resource: Resource;
  methods: Method[];
  children: Node[];
}

const verbs = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/** tree arranges resources under the root; undefined when there is none. */
export function tree(resources: Resource[]): Node | undefined {
  const nodes = new Map<string, Node>(resources.map((r) => [r.id, { resource: r, methods: methods(r), children: [] }]));
  let root: Node | undefined;
  for (const node of nodes.values()) {
    const parent = node.resource.parentId === undefined ? undefined : nodes.get(node.resource.parentId);
    if (parent) parent.children.push(node);
    else if (node.resource.path === "/") root = node;
  }
  for (const node of nodes.values()) node.children.sort((a, b) => a.resource.path.localeCompare(b.resource.path));
  return root;
}

function methods(r: Resource): Method[] {
  return Object.entries(r.resourceMethods ?? {})
    .map(([verb, m]) => ({ ...m, httpMethod: verb }))
    .sort((a, b) => verbs.indexOf(a.httpMethod) - verbs.indexOf(b.httpMethod));
}

/** within lists a node and everything below it. */
export function within(node: Node): Node[] {
  return [node, ...node.children.flatMap(within)];
}
