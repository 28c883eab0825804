import { createContext, useContext } from "react";
import type { App } from "../model/app";

/** Gives the App to all views below. */
export const AppContext = createContext<App | null>(null);

/** The App of this page. */
export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error("useApp outside of AppContext");
  return app;
}
