"""The only SQLAlchemy: session, models, policies, migrations, questions and changes."""
