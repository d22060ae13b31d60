import type { Params } from "../../shell/router";
export function Models({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function CreateModel({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function EditModel({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function RequestValidators({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function Authorizers({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function CreateAuthorizer({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function GatewayResponses({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function EditGatewayResponse({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function ResourcePolicy({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function Documentation({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
