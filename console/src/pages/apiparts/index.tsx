// The pages of what belongs to one API beside its resources.
export { Models, CreateModel, EditModel } from "./models";
export { RequestValidators } from "./validators";
export { Authorizers, CreateAuthorizer } from "./authorizers";
export { GatewayResponses, EditGatewayResponse } from "./gatewayresponses";
export { ResourcePolicy } from "./policy";
export { Documentation } from "./documentation";
