import { createRoot } from "react-dom/client";
import { Client } from "./api/client";
import { openPipe } from "./api/pipe";
import { App } from "./model/app";
import { AppContext } from "./parts/useapp";
import { registerActions } from "./views/workbench/actions";
import { flushOnLeave, listenToKeys } from "./views/workbench/keyboard";
import { applyLook } from "./views/workbench/look";
import { Workbench } from "./views/workbench/workbench";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";

const app = new App(new Client(openPipe()));
registerActions(app);
applyLook(app);
listenToKeys(app);
flushOnLeave(app);

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <AppContext value={app}>
      <Workbench />
    </AppContext>,
  );
}
