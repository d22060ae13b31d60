// The pages of REST APIs as a whole.
export { RestApis } from "./list";
export { CreateApi, CreateRestApi } from "./create";
export { ApiSettings, EditApi } from "./settings";
export { ImportInto } from "./import";
