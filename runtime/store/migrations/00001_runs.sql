-- +goose Up
CREATE TABLE runs (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    id      TEXT    NOT NULL UNIQUE,
    job     TEXT    NOT NULL, -- '' for a one-time job made by a service
    service TEXT    NOT NULL,
    cid     TEXT    NOT NULL,
    trigger TEXT    NOT NULL,
    attempt INTEGER NOT NULL,
    due     INTEGER NOT NULL, -- nanoseconds since 1970
    started INTEGER NOT NULL, -- likewise
    took    INTEGER NOT NULL, -- nanoseconds
    outcome TEXT    NOT NULL,
    error   TEXT    NOT NULL
);
CREATE INDEX runs_job ON runs (job, seq);
CREATE INDEX runs_outcome ON runs (outcome, seq) WHERE outcome <> 'ok';
