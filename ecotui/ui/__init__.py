"""The application: reads logs and the store, draws; measures nothing itself."""
