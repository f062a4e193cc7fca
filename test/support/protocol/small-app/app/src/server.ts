// An app of nothing (../../../small-app.ts).
