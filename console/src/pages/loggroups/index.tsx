// The pages of CloudWatch Logs.
export { LogGroups, LogGroup } from "./groups";
export { LogEvents } from "./events";
