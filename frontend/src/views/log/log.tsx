import { ListX, Pause, Play, ScrollText, SearchX } from "lucide-react";
import { useStore } from "../../base/store";
import { words } from "../../base/words/log";
import { withTerm } from "../../model/logfilter";
import { type Level, levels } from "../../model/loglines";
import { IconButton } from "../../parts/button";
import { Empty } from "../../parts/empty";
import { SearchField, Select } from "../../parts/field";
import { useApp } from "../../parts/useapp";
import { LogList } from "./list";

/** The log of the running project. */
export function LogView() {
  const { log } = useApp();
  const view = useStore(log.view);
  const { filter } = view;
  return (
    <div className="log" data-testid="log">
      <div className="log-bar">
        <SearchField
          className="log-filter"
          label={words.filter}
          placeholder={words.filterPlaceholder}
          value={filter.text}
          onChange={(text) => log.setFilter({ text })}
          data-testid="log-filter"
        />
        <Select
          className="log-levels"
          label={words.level}
          hideLabel
          value={filter.level}
          options={levels.map((id) => ({ id, title: words.levels[id] }))}
          onChange={(id) => log.setFilter({ level: id as Level })}
          data-testid="log-level"
        />
        {view.lost > 0 && <span className="log-lost">{words.lost(view.lost)}</span>}
        <span className="log-count" role="status" data-testid="log-count">
          {words.count(view.shown.length, view.total)}
        </span>
        <IconButton
          icon={view.paused ? Play : Pause}
          label={view.paused ? (view.held > 0 ? words.resumeHeld(view.held) : words.resume) : words.pause}
          active={view.paused}
          onPress={() => log.setPaused(!view.paused)}
          data-testid="log-pause"
        />
        <IconButton icon={ListX} label={words.clear} onPress={() => log.clear()} data-testid="log-clear" />
      </div>
      <div className="log-body">
        <LogList
          label={words.title}
          lines={view.shown}
          follow
          wide
          onCid={(cid) => log.showCid(cid)}
          onSource={(source) => log.setFilter({ text: withTerm(filter.text, "service", source) })}
          data-testid="log-rows"
          empty={
            view.total === 0 ? (
              <Empty icon={ScrollText} title={words.empty} text={words.emptyText} data-testid="log-empty" />
            ) : (
              <Empty icon={SearchX} title={words.nothing} text={words.nothingText} />
            )
          }
        />
      </div>
    </div>
  );
}
