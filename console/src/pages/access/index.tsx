// The pages of API Gateway that belong to no single API.
export { UsagePlans, CreateUsagePlan, UsagePlan } from "./usageplans";
export { ApiKeys, CreateApiKey, ApiKey } from "./apikeys";
export { AccountSettings } from "./settings";
export { DomainNames, VpcLinks, ClientCertificates } from "./others";
