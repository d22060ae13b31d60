// The pages of Lambda.
export { Functions } from "./list";
export { CreateFunction } from "./create";
export { Function } from "./detail";
export { EditConfiguration } from "./edit";
export { Layers, EventSourceMappings } from "./others";
