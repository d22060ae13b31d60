import type { Params } from "../../shell/router";
export function UsagePlans({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function CreateUsagePlan({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function UsagePlan({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function ApiKeys({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function CreateApiKey({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function ApiKey({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function AccountSettings({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function DomainNames({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function VpcLinks({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
export function ClientCertificates({ params }: { params: Params }) { return <>{JSON.stringify(params)}</>; }
