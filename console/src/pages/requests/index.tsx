// The pages of what happened to requests.
export { Requests } from "./list";
export { RequestDetail } from "./detail";
