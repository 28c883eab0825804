import { ArrowDown, ArrowUp } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { Table as AriaTable, Cell, Column, Row, TableBody, TableHeader } from "react-aria-components";
import "./table.css";

/** A column of a table. */
export interface TableColumn<T> {
  id: string;
  title: string;
  /** What stands in a line. */
  cell: (row: T) => ReactNode;
  /** By what lines are sorted; without it they are not sorted by this column. */
  sort?: (row: T) => string | number;
  /** The share of the width, such as "2fr", or a fixed width in pixels. */
  width?: string | number;
  /** Numbers stand at the right. */
  number?: boolean;
  /** Its title is for those who cannot see only. */
  quiet?: boolean;
}

/** A table whose lines are reached by the arrow keys. Enter and a click open a line. */
export function Table<T>(props: {
  label: string;
  columns: readonly TableColumn<T>[];
  rows: readonly T[];
  id: (row: T) => string;
  /** What is opened by Enter. */
  onOpen?: (row: T) => void;
  testid?: (row: T) => string;
  faint?: (row: T) => boolean;
  empty?: ReactNode;
  "data-testid"?: string;
}) {
  const { columns, rows } = props;
  const [by, setBy] = useState<{ column: string; direction: "ascending" | "descending" }>();
  const sorted = useMemo(() => {
    const sort = columns.find((c) => c.id === by?.column)?.sort;
    if (!sort || !by) return rows;
    const turn = by.direction === "ascending" ? 1 : -1;
    return [...rows].sort((a, b) => turn * compare(sort(a), sort(b)));
  }, [columns, rows, by]);
  const style = (c: TableColumn<T>) => (c.width === undefined ? undefined : { width: c.width });
  return (
    <div className="table-scroll">
      <AriaTable
        className="table"
        aria-label={props.label}
        selectionMode="none"
        data-testid={props["data-testid"]}
        {...(by ? { sortDescriptor: by } : {})}
        onSortChange={(d) => setBy({ column: String(d.column), direction: d.direction })}
        onRowAction={(key) => {
          const row = rows.find((r) => props.id(r) === key);
          if (row !== undefined) props.onOpen?.(row);
        }}
      >
        <TableHeader>
          {columns.map((c, i) => (
            <Column
              key={c.id}
              id={c.id}
              isRowHeader={i === 0}
              allowsSorting={c.sort !== undefined}
              className={`table-head ${c.number ? "table-number" : ""}`}
              style={style(c)}
            >
              {({ sortDirection }) => (
                <span className="table-head-text">
                  <span className={c.quiet ? "visually-hidden" : ""}>{c.title}</span>
                  {sortDirection === "ascending" ? <ArrowUp aria-hidden /> : null}
                  {sortDirection === "descending" ? <ArrowDown aria-hidden /> : null}
                </span>
              )}
            </Column>
          ))}
        </TableHeader>
        <TableBody renderEmptyState={() => props.empty ?? null}>
          {sorted.map((row) => (
            <Row
              key={props.id(row)}
              id={props.id(row)}
              className={`table-row ${props.onOpen ? "table-row-open" : ""} ${props.faint?.(row) ? "table-row-faint" : ""}`}
              data-testid={props.testid?.(row)}
            >
              {columns.map((c) => (
                <Cell
                  key={c.id}
                  className={`table-cell ${c.number ? "table-number" : ""} ${c.quiet ? "table-act" : ""}`}
                >
                  {c.cell(row)}
                </Cell>
              ))}
            </Row>
          ))}
        </TableBody>
      </AriaTable>
    </div>
  );
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true, sensitivity: "base" });
}
