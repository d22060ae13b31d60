// A list: filter, sort, pages, one chosen row, and the states without rows.
import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useEffect, type ReactNode } from "react";
import { followed } from "./followed";
import type { Load } from "./load";
import { Problem } from "./problem";

export interface Column<T> {
  id: string;
  header: string;
  cell: (item: T) => ReactNode;
  /** what the column sorts by and, unless it is a number such as a time, filters on; "" when there is none */
  text?: (item: T) => string | number;
}

export function ListTable<T>({
  title,
  description,
  load,
  items,
  columns,
  id,
  label,
  empty,
  emptyText,
  emptyAction,
  actions,
  select,
  selected,
  onSelect,
  pageSize = 20,
  headingVariant = "h2",
  info,
}: {
  title: string;
  description?: ReactNode;
  load: Pick<Load<unknown>, "loading" | "error" | "reload">;
  items: readonly T[] | undefined;
  columns: Column<T>[];
  id: (item: T) => string;
  /** label names a row for those who do not see it */
  label: (item: T) => string;
  empty: string;
  emptyText?: ReactNode;
  emptyAction?: ReactNode;
  actions?: ReactNode;
  select?: "single" | "multi";
  selected?: T[];
  onSelect?: (items: T[]) => void;
  pageSize?: number;
  headingVariant?: "h1" | "h2" | "h3";
  info?: ReactNode;
}) {
  const rows = items ?? [];
  useEffect(() => {
    if (items === undefined || selected === undefined || onSelect === undefined) return;
    const now = followed(selected, items, id);
    if (now !== selected) onSelect(now);
  });
  const {
    items: shown,
    collectionProps,
    filterProps,
    paginationProps,
    filteredItemsCount,
    actions: act,
  } = useCollection(rows, {
    filtering: {
      filteringFunction: (item, text) => columns.some((c) => contains(c.text?.(item), text)),
      empty: (
        <Box textAlign="center" color="inherit">
          <SpaceBetween size="xs">
            <b>{empty}</b>
            {emptyText && <Box color="inherit">{emptyText}</Box>}
            {emptyAction}
          </SpaceBetween>
        </Box>
      ),
      noMatch: (
        <Box textAlign="center" color="inherit">
          <SpaceBetween size="xs">
            <b>No matches</b>
            <Button onClick={() => act.setFiltering("")}>Clear filter</Button>
          </SpaceBetween>
        </Box>
      ),
    },
    pagination: { pageSize },
    sorting: {},
  });
  if (load.error !== undefined && items === undefined)
    return (
      <SpaceBetween size="m">
        <Header variant={headingVariant}>{title}</Header>
        <Problem error={load.error} retry={load.reload} />
      </SpaceBetween>
    );
  const defs: TableProps.ColumnDefinition<T>[] = columns.map((c) => ({
    id: c.id,
    header: c.header,
    cell: c.cell,
    isRowHeader: c === columns[0],
    sortingComparator: c.text && ((a, b) => compare(c.text!(a), c.text!(b))),
  }));
  return (
    <Table
      {...collectionProps}
      items={shown}
      columnDefinitions={defs}
      trackBy={id}
      variant="container"
      wrapLines
      loading={load.loading && items === undefined}
      loadingText={`Loading ${lower(title)}`}
      selectionType={select}
      selectedItems={selected}
      onSelectionChange={(e) => onSelect?.(e.detail.selectedItems)}
      ariaLabels={{
        tableLabel: title,
        selectionGroupLabel: `${title}: selection`,
        allItemsSelectionLabel: () => "Select all",
        itemSelectionLabel: (_, item) => `Select ${label(item)}`,
      }}
      header={
        <Header
          variant={headingVariant}
          description={description}
          info={info}
          counter={items === undefined ? undefined : `(${rows.length})`}
          actions={
            <div className="buttons">
              <Button
                iconName="refresh"
                ariaLabel={`Refresh ${lower(title)}`}
                onClick={load.reload}
                loading={load.loading && items !== undefined}
              />
              {actions}
            </div>
          }
        >
          {title}
        </Header>
      }
      filter={
        rows.length > 0 && (
          <TextFilter
            {...filterProps}
            filteringPlaceholder={`Find ${lower(title)}`}
            filteringAriaLabel={`Filter ${lower(title)}`}
            countText={filteredItemsCount === 1 ? "1 match" : `${filteredItemsCount ?? 0} matches`}
          />
        )
      }
      pagination={
        rows.length > pageSize && (
          <Pagination
            {...paginationProps}
            ariaLabels={{ nextPageLabel: "Next page", previousPageLabel: "Previous page", pageLabel: (n) => `Page ${n}` }}
          />
        )
      }
    />
  );
}

function contains(value: string | number | undefined, text: string): boolean {
  return typeof value === "string" && value.toLowerCase().includes(text.toLowerCase());
}

function compare(a: string | number, b: string | number): number {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
}

/** lower writes a title within a sentence; names such as API keep their letters. */
function lower(title: string): string {
  return title.replace(/\b[A-Z](?=[a-z]+\b)/g, (c) => c.toLowerCase());
}
