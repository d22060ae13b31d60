// The pages of IAM.
export { Dashboard } from "./dashboard";
export { Policies, CreatePolicy, EditPolicy, Policy } from "./policies";
export { Roles, Role } from "./roles";
export { CreateRole } from "./createrole";
export { EditTrustPolicy, InlinePolicy, AttachPolicies } from "./rolepolicies";
export { Users, User } from "./users";
export { Groups, Group } from "./groups";
export { Explain } from "./explain";
