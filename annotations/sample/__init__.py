"""The demo material: hand-written documents, their files, and annotators who disagree."""
