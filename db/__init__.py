"""The only SQLAlchemy: engine, session, models, policies, migrations, queries and commands."""
