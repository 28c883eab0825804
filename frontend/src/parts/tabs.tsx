import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Tabs as AriaTabs, Tab, TabList, TabPanel } from "react-aria-components";
import { Badge, type Tone } from "./badge";
import "./tabs.css";

/** One tab of a panel with what it shows. */
export interface PanelTab {
  id: string;
  title: string;
  icon?: LucideIcon;
  /** Stands behind the title; 0 and undefined show nothing. */
  count?: number | undefined;
  tone?: Tone;
  content: ReactNode;
  "data-testid"?: string;
}

/** Tabs above a panel; only the selected one is drawn. */
export function PanelTabs(props: {
  label: string;
  tabs: readonly PanelTab[];
  selected: string;
  onSelect: (id: string) => void;
  /** Stands at the right of the tabs. */
  actions?: ReactNode;
  className?: string;
}) {
  return (
    <AriaTabs
      className={`panel-tabs ${props.className ?? ""}`}
      selectedKey={props.selected}
      onSelectionChange={(key) => props.onSelect(String(key))}
    >
      <div className="panel-tabs-bar">
        <TabList className="panel-tabs-list" aria-label={props.label}>
          {props.tabs.map((t) => (
            <Tab key={t.id} id={t.id} className="panel-tab" data-testid={t["data-testid"]}>
              {t.icon ? <t.icon className="button-icon" aria-hidden /> : null}
              {t.title}
              {t.count ? <Badge tone={t.tone ?? "neutral"}>{t.count}</Badge> : null}
            </Tab>
          ))}
        </TabList>
        {props.actions ? <div className="panel-tabs-actions">{props.actions}</div> : null}
      </div>
      {props.tabs.map((t) => (
        <TabPanel key={t.id} id={t.id} className="panel-tabs-panel">
          {t.content}
        </TabPanel>
      ))}
    </AriaTabs>
  );
}
