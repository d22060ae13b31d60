// The pages of an API's stages.
export { Stages } from "./stages";
export { CreateStage, EditStage } from "./edit";
