// What stands in a page's place when its data could not be had.
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Spinner from "@cloudscape-design/components/spinner";
import type { ReactNode } from "react";
import { ApiError } from "../api/client";
import type { Load } from "./load";

export function Problem({ error, retry }: { error: Error; retry?: () => void }) {
  const api = error instanceof ApiError ? error : undefined;
  return (
    <Alert type={api?.denied ? "warning" : "error"} header={title(api)} action={retry && <Button onClick={retry}>Retry</Button>}>
      {error.message}
      {api && api.status > 0 && (
        <Box variant="small" display="block">
          {api.operation}: {api.code} (HTTP {api.status})
        </Box>
      )}
    </Alert>
  );
}

function title(e: ApiError | undefined): string {
  if (e?.status === 401) return "You are not signed in";
  if (e?.denied) return "You don't have permission to see this";
  if (e?.missing) return "This does not exist";
  if (e?.status === 0) return "No connection";
  if (e?.status === 501) return "Not available here yet";
  return "This could not be loaded";
}

/** Loaded shows its children with the data, else what hinders. */
export function Loaded<T>({ load, children, what }: { load: Load<T>; children: (data: T) => ReactNode; what: string }) {
  if (load.data !== undefined) return <>{children(load.data)}</>;
  if (load.error) return <Problem error={load.error} retry={load.reload} />;
  return (
    <Box padding="l" color="text-body-secondary">
      <Spinner /> Loading {what}
    </Box>
  );
}
