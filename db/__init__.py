"""The only SQLAlchemy of the product: engine, session, models, policies, migrations, questions and changes."""
