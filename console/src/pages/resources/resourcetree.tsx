// The tree of resources and their methods.
import { useState } from "react";
import type { Node } from "./tree";

type Href = (resource: string, method?: string) => string;

export function ResourceTree({ root, chosen, verb, href }: { root: Node; chosen: string; verb?: string; href: Href }) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const twist = (id: string) =>
    setClosed((was) => {
      const next = new Set(was);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <nav aria-label="Resources of the API">
      <ul className="tree">
        <Branch node={root} parent="" {...{ chosen, verb, href, closed, twist }} />
      </ul>
    </nav>
  );
}

function Branch({
  node,
  parent,
  chosen,
  verb,
  href,
  closed,
  twist,
}: {
  node: Node;
  parent: string;
  chosen: string;
  verb?: string;
  href: Href;
  closed: ReadonlySet<string>;
  twist: (id: string) => void;
}) {
  const { resource, methods, children } = node;
  const inner = methods.length + children.length > 0;
  const open = !closed.has(resource.id);
  const own = resource.path.slice(parent === "/" ? 0 : parent.length);
  return (
    <li>
      <div className="node">
        {inner ? (
          <button
            className="twist"
            aria-expanded={open}
            aria-label={`${open ? "Close" : "Open"} ${resource.path}`}
            onClick={() => twist(resource.id)}
          >
            {open ? "▾" : "▸"}
          </button>
        ) : (
          <span className="twist" />
        )}
        <a href={href(resource.id)} aria-current={resource.id === chosen && verb === undefined} title={resource.path}>
          {own}
        </a>
      </div>
      {inner && open && (
        <ul>
          {methods.map((m) => (
            <li key={m.httpMethod}>
              <div className="node">
                <span className="twist" />
                <a
                  href={href(resource.id, m.httpMethod)}
                  className="verb"
                  aria-current={resource.id === chosen && verb === m.httpMethod}
                  aria-label={`${m.httpMethod} ${resource.path}`}
                >
                  {m.httpMethod}
                </a>
              </div>
            </li>
          ))}
          {children.map((c) => (
            <Branch key={c.resource.id} node={c} parent={resource.path} {...{ chosen, verb, href, closed, twist }} />
          ))}
        </ul>
      )}
    </li>
  );
}
