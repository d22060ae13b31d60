import type { Params } from "../../shell/router";
export function Functions({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function CreateFunction({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function Layers({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function EventSourceMappings({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function EditConfiguration({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function Function({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
