// The pages of an API's resources and methods.
export { Resources } from "./resources";
export { CreateResource } from "./createresource";
export { EnableCors } from "./enablecors";
export { CreateMethod } from "./createmethod";
export { EditMethodRequest } from "./editmethodrequest";
export { EditIntegrationRequest } from "./editintegration";
export { EditIntegrationResponse } from "./editintegrationresponse";
export { EditMethodResponse } from "./editmethodresponse";
