"""HTTP for machines and browsers: events, session, live, exports, health."""
