-- Yantu's own tables of a project file. Those of the feature classes are derived from the catalogue.

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- One row for each edit. `undone`: 0 in force, 1 undone and can be redone, 2 undone for good because another edit
-- followed. The changeset stands last so that lists of entries never read it.
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  author TEXT NOT NULL,
  label TEXT NOT NULL,
  label_args TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  undone INTEGER NOT NULL DEFAULT 0,
  switched_at TEXT,
  switched_by TEXT,
  counts TEXT NOT NULL,
  changeset BLOB NOT NULL
);
CREATE INDEX journal_undone ON journal (undone, seq);

-- Which edits touched a feature.
CREATE TABLE journal_row (
  class TEXT NOT NULL,
  id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (class, id, seq)
) WITHOUT ROWID;

-- Counts every write; the row '' for the whole file, the others for each class.
CREATE TABLE version (
  class TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO version VALUES ('', 0);

-- What the user arranges and no feature is: layer styles, bookmarks, base maps, saved queries, templates. Not journaled.
CREATE TABLE document (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (kind, name)
) WITHOUT ROWID;

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  params TEXT NOT NULL,
  input_version INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  started_at TEXT NOT NULL,
  duration_s REAL NOT NULL,
  summary TEXT NOT NULL,
  files TEXT NOT NULL
);
