-- +goose Up
CREATE TABLE invocations (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    id      TEXT    NOT NULL UNIQUE,
    service TEXT    NOT NULL,
    at      INTEGER NOT NULL, -- nanoseconds since 1970
    took    INTEGER NOT NULL, -- nanoseconds
    ok      INTEGER NOT NULL, -- 0 or 1
    status  INTEGER NOT NULL,
    cid     TEXT    NOT NULL,
    size    INTEGER NOT NULL, -- bytes of the whole answer
    text    TEXT    NOT NULL, -- what was asked
    answer  TEXT    NOT NULL, -- what came back, for searching
    detail  BLOB    NOT NULL  -- all that is known, as whoever stored it wrote it
);
CREATE INDEX invocations_service ON invocations (service, seq);
