import type { Params } from "../../shell/router";
export function LogGroups({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function LogGroup({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function LogEvents({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
