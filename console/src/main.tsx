import "@cloudscape-design/global-styles/index.css";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import "./console.css";
import { start as startRouter } from "./shell/router";
import { start as startSession } from "./shell/session";
import { start as startTheme } from "./shell/theme";

startTheme();
startRouter();
void startSession();
createRoot(document.getElementById("root")!).render(<App />);
