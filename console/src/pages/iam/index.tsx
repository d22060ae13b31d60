import type { Params } from "../../shell/router";
export function Dashboard({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function Policies({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function CreatePolicy({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function EditPolicy({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function Policy({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function Roles({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function CreateRole({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function EditTrustPolicy({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function InlinePolicy({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function AttachPolicies({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function Role({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function Users({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function User({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
