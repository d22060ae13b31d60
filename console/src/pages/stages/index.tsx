import type { Params } from "../../shell/router";
export function Stages({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function CreateStage({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function EditStage({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
